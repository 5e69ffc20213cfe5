/// @file
/// How the study tells where it is, and learns that it is to stop.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <string>

namespace memory_study {

/// Thrown where work is given up because the user wants it to end.
struct interrupted {};

/// Whether SIGINT or SIGTERM has come.
inline std::atomic<bool> stop_asked = false;

/// From now on the first SIGINT or SIGTERM asks for an orderly end; a second one of its kind ends the program
/// at once.
inline void listen_for_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

/// Between two pieces of work: throws `interrupted` if the user wants an end.
inline void stop_if_asked() {
    if (stop_asked) throw interrupted{};
}

/// One line for the whole study: it changes on a terminal; elsewhere there is a line a minute and a network.
/// Used by several threads at once.
class progress {
  public:
    progress(std::size_t networks, std::size_t updates) : networks_(networks), updates_(updates) {}

    /// An earlier run has done some of the updates.
    void skip_updates(std::size_t updates) { updates_done_ += updates, skipped_ += updates; }
    /// An update of some network was done.
    void count_update() {
        ++updates_done_;
        const std::unique_lock guard(mutex_, std::try_to_lock);
        if (!guard || seconds() < shown_ + (terminal_ ? 0.2 : 60)) return;
        shown_ = seconds();
        show();
    }
    /// A network is finished; `line` says how it did.
    void count_network(const std::string& line) {
        const std::lock_guard guard(mutex_);
        ++networks_done_;
        std::fprintf(stderr, "%s%zu/%zu  %s\n", terminal_ ? "\r\033[K" : "", networks_done_, networks_,
                     line.c_str());
        if (terminal_) show();
    }
    /// The changing line is to go.
    void clear() const {
        if (terminal_) std::cerr << "\r\033[K" << std::flush;
    }
    /// Since the beginning.
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

  private:
    void show() const {
        const double all = static_cast<double>(updates_), done = static_cast<double>(updates_done_) / all;
        const double pace = static_cast<double>(updates_done_ - skipped_) / std::max(seconds(), 1e-3);
        constexpr int width = 24;
        const int filled = static_cast<int>(done * width);
        std::fprintf(stderr, "%s[%s%s] %3.0f %%  %zu of %zu networks  %.0f updates/s  %.0f s left%s",
                     terminal_ ? "\r\033[K" : "", std::string(static_cast<std::size_t>(filled), '=').c_str(),
                     std::string(static_cast<std::size_t>(width - filled), ' ').c_str(), 100 * done,
                     networks_done_, networks_, pace, (1 - done) * all / std::max(pace, 1e-3),
                     terminal_ ? "" : "\n");
    }

    std::size_t networks_, updates_, networks_done_ = 0;
    std::atomic<std::size_t> updates_done_ = 0, skipped_ = 0;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double shown_ = 0;
    bool terminal_ = isatty(STDERR_FILENO) == 1;
    std::mutex mutex_;
};

}  // namespace memory_study
