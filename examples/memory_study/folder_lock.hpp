/// @file
/// Two studies must not work in one folder: each would take the other's checkpoints away.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace memory_study {

/// Keeps other studies out of a folder while it lives, where the file system knows locks. A process that is
/// killed leaves none behind.
class folder_lock {
  public:
    folder_lock() = default;
    ~folder_lock() {
        if (folder_ >= 0) ::close(folder_);
    }
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;

    /// Locks the folder, once. Returns false if another process has.
    bool take(const std::filesystem::path& folder) {
        folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return folder_ < 0 || ::flock(folder_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    }

  private:
    int folder_ = -1;
};

}  // namespace memory_study
