/// @file
/// A team of threads that works through numbered tasks. Which thread takes which task is left to chance, so
/// a task writes only to places of its own; sums over tasks are taken afterwards, in the order of the tasks.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "engram/core/blas_threads.hpp"
#include "engram/core/error.hpp"

namespace engram {

/// Threads that are started once and then work together on one loop after another. The thread that calls
/// for_each works too, so a team of one starts none. The BLAS is single-threaded while the team lives.
class team {
  public:
    /// Throws value_error unless there is at least one thread; more than there are cores are allowed.
    [[gnu::cold]] explicit team(std::size_t threads) {
        require(threads >= 1, "threads = 0: at least one thread is needed");
        helpers_ = std::vector<std::thread>(threads - 1);
        for (std::size_t worker = 1; worker < threads; ++worker)
            helpers_[worker - 1] = std::thread([this, worker] { serve(worker); });
    }
    [[gnu::cold]] ~team() {
        stop_ = true;
        round_.fetch_add(1);
        round_.notify_all();
        for (auto& helper : helpers_) helper.join();
    }
    team(const team&) = delete;
    team& operator=(const team&) = delete;

    /// How many threads work.
    [[nodiscard]] std::size_t size() const { return helpers_.size() + 1; }

    /// Calls task(index, worker) for every index below `count`, workers being numbered from 0.
    /// Returns when all are done. Rethrows the first exception that a task threw.
    template <class Task>
    void for_each(std::size_t count, Task&& task) {
        if (helpers_.empty() || count < 2) {
            for (std::size_t index = 0; index < count; ++index) task(index, std::size_t{0});
            return;
        }
        call_ = [](void* context, std::size_t index, std::size_t worker) {
            (*static_cast<std::remove_reference_t<Task>*>(context))(index, worker);
        };
        context_ = const_cast<void*>(static_cast<const void*>(&task));
        share(count);
    }

  private:
    /// Does what call_ and context_ are set to, with the helpers. (Not in for_each, so that it is compiled
    /// once.)
    [[gnu::cold]] void share(std::size_t count) {
        count_ = count;
        next_ = 0;
        busy_ = helpers_.size();
        round_.fetch_add(1);
        round_.notify_all();
        work(0);
        for (std::size_t left = busy_; left > 0; left = busy_) busy_.wait(left);
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    [[gnu::cold]] void work(std::size_t worker) {
        try {
            for (std::size_t index = next_++; index < count_; index = next_++) call_(context_, index, worker);
        } catch (...) {
            const std::lock_guard guard(failure_mutex_);
            if (!failure_) failure_ = std::current_exception();
            next_ = count_;
        }
    }
    [[gnu::cold]] void serve(std::size_t worker) {
        for (std::size_t seen = 0;;) {
            round_.wait(seen);
            seen = round_;
            if (stop_) return;
            work(worker);
            if (--busy_ == 0) busy_.notify_one();
        }
    }

    single_threaded_blas single_threaded_;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    void* context_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<std::size_t> next_ = 0, busy_ = 0, round_ = 0;
    std::atomic<bool> stop_ = false;
    std::exception_ptr failure_;
    std::mutex failure_mutex_;
    std::vector<std::thread> helpers_;
};

}  // namespace engram
