/// @file
/// A file that appears whole or not at all: whatever happens while it is written, an older one stays as it
/// was.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"

namespace engram {

/// Writes to `<path>.partial`; `commit` syncs it to the disk and renames it to `path`. Without a commit the
/// partial file is removed. One that a killed process left behind is taken over by the next writer.
class atomic_file {
  public:
    /// Throws file_error, naming path and reason, if the file cannot be made or is being written by another.
    explicit atomic_file(std::filesystem::path path)
        : path_(std::move(path)), partial_(path_.string() + ".partial") {
        std::error_code ignored;  // what keeps us from looking keeps us from opening too
        require<file_error>(!std::filesystem::is_directory(path_, ignored), path_.string(), ": is a folder");
        file_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (file_ < 0) fail("made");
        // The lock holds other writers off, where the file system knows locks. Between open and lock the
        // writer before us may have renamed the file, so the name must still stand for what was opened.
        const bool locked = ::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        struct stat opened = {}, named = {};
        if (locked || ::fstat(file_, &opened) != 0 || ::stat(partial_.c_str(), &named) != 0 ||
            opened.st_ino != named.st_ino) {
            ::close(file_);
            throw file_error(detail::concatenate(path_.string(), ": is being written by another process"));
        }
        if (::ftruncate(file_, 0) != 0) abandon("made");
    }
    ~atomic_file() {
        if (file_ >= 0) close_and_remove();
    }
    atomic_file(const atomic_file&) = delete;
    atomic_file& operator=(const atomic_file&) = delete;

    /// Appends bytes. Throws file_error, naming path and reason; the file is then given up.
    void write(byte_span content) {
        while (!content.empty()) {
            const ssize_t written = ::write(file_, content.data(), content.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) abandon("written");
            content = content.subspan(static_cast<std::size_t>(written));
        }
    }
    /// Appends text.
    void write(std::string_view text) {
        write(byte_span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    }

    /// Puts the file in place for good. Throws file_error, naming path and reason.
    void commit() {
        if (::fsync(file_) != 0) abandon("written");
        if (::rename(partial_.c_str(), path_.c_str()) != 0) abandon("put in place");
        ::close(std::exchange(file_, -1));
        const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
        // A file system that cannot sync a folder has the file under its name all the same.
        if (const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); handle >= 0) {
            ::fsync(handle);
            ::close(handle);
        }
    }

  private:
    [[noreturn]] void fail(const char* what) const {
        throw file_error(
            detail::concatenate(path_.string(), ": cannot be ", what, ": ", std::strerror(errno)));
    }
    [[noreturn]] void abandon(const char* what) {
        const int reason = errno;
        close_and_remove();
        errno = reason;
        fail(what);
    }
    void close_and_remove() {
        ::unlink(partial_.c_str());
        ::close(std::exchange(file_, -1));
    }

    std::filesystem::path path_;
    std::string partial_;
    int file_ = -1;
};

/// Writes a whole file atomically. Throws file_error, naming path and reason.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
    atomic_file file(path);
    file.write(text);
    file.commit();
}
/// The same from bytes.
inline void write_file(const std::filesystem::path& path, byte_span content) {
    atomic_file file(path);
    file.write(content);
    file.commit();
}

}  // namespace engram
