/// @file
/// How the study tells where it is, and learns that it is to stop.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

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

/// The watcher of a measurement or a search: ends it as soon as the user wants an end. What it returns then
/// is not whole, and stop_if_asked() is to follow.
inline constexpr auto until_stop_asked = [](const auto& /*report*/) { return !stop_asked; };

/// What has been done of a study.
struct work_done {
    std::size_t updates = 0;   ///< in this run and earlier ones
    std::size_t skipped = 0;   ///< updates that earlier runs have done
    std::size_t networks = 0;  ///< finished in this run
};

/// Where several processes share a study: is told what this one has done since the last call, and gives what
/// all have done.
using work_sharing = std::function<work_done(const work_done&)>;

/// One line for the whole study: it changes on a terminal; elsewhere there is a line a minute and a network.
/// Used by several threads at once.
class progress {
  public:
    /// Of a study of so many networks and updates. One that is `silent` leaves the line to another process.
    progress(std::size_t networks, std::size_t updates, work_sharing share = {}, bool silent = false)
        : networks_(networks), updates_(updates), share_(std::move(share)), silent_(silent) {}

    /// An earlier run has done some of the updates.
    void skip_updates(std::size_t updates) { updates_done_ += updates, skipped_ += updates; }
    /// An update of some network was done.
    void count_update() {
        ++updates_done_;
        if (share_) return;  // refresh() does all else
        const std::unique_lock guard(mutex_, std::try_to_lock);
        if (guard) look();
    }
    /// A network is finished; `line` says how it did.
    void count_network(const std::string& line) {
        const std::lock_guard guard(mutex_);
        ++networks_done_;
        lines_.push_back(line);
        if (!share_) tell_of_networks();
    }
    /// Shares and shows what has been done, if the last time was long enough ago. Where processes share a
    /// study nothing else does: it is for the one thread that may reach the others.
    void refresh() {
        const std::lock_guard guard(mutex_);
        if (!lines_.empty()) tell_of_networks();
        look();
    }
    /// The changing line is to go.
    void clear() const {
        if (terminal_ && !silent_) std::cerr << "\r\033[K" << std::flush;
    }
    /// Since the beginning.
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

  private:
    void tell_of_networks() {
        share();
        for (const auto& line : lines_)
            std::fprintf(stderr, "%s%zu/%zu  %s\n", terminal_ ? "\r\033[K" : "", all_.networks, networks_,
                         line.c_str());
        lines_.clear();
        if (terminal_ && !silent_) show();
    }
    void look() {
        if (seconds() < shared_ + (silent_ ? 1 : 0.2)) return;  // a silent one has no line to keep moving
        shared_ = seconds();
        share();
        if (silent_ || seconds() < shown_ + (terminal_ ? 0.2 : 60)) return;
        shown_ = seconds();
        show();
    }
    void share() {
        const work_done mine{updates_done_, skipped_, networks_done_};
        all_ = share_ ? share_({mine.updates - told_.updates, mine.skipped - told_.skipped,
                                mine.networks - told_.networks})
                      : mine;
        told_ = mine;
    }
    void show() const {
        const double all = static_cast<double>(updates_), done = static_cast<double>(all_.updates) / all;
        const double pace = static_cast<double>(all_.updates - all_.skipped) / std::max(seconds(), 1e-3);
        constexpr int width = 24;
        const int filled = static_cast<int>(done * width);
        std::fprintf(stderr, "%s[%s%s] %3.0f %%  %zu of %zu networks  %.0f updates/s  %.0f s left%s",
                     terminal_ ? "\r\033[K" : "", std::string(static_cast<std::size_t>(filled), '=').c_str(),
                     std::string(static_cast<std::size_t>(width - filled), ' ').c_str(), 100 * done,
                     all_.networks, networks_, pace, (1 - done) * all / std::max(pace, 1e-3),
                     terminal_ ? "" : "\n");
    }

    std::size_t networks_, updates_, networks_done_ = 0;
    std::atomic<std::size_t> updates_done_ = 0, skipped_ = 0;
    work_sharing share_;
    bool silent_;
    std::vector<std::string> lines_;  ///< of networks of which nothing was told yet
    work_done told_, all_;            ///< of this process and of all, when it last shared
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double shared_ = 0, shown_ = 0;
    /// mpirun may stand between the process and the terminal: examples/run.sh says so then.
    bool terminal_ = isatty(STDERR_FILENO) == 1 || std::getenv("ENGRAM_ON_TERMINAL") != nullptr;
    std::mutex mutex_;
};

}  // namespace memory_study
