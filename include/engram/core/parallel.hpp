/// @file
/// A team of threads that works through numbered tasks. Which thread takes which task is left to chance, so
/// a task writes only to places of its own; sums over tasks are taken afterwards, in the order of the tasks.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
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
    /// Throws value_error unless there is at least one thread, and where the system starts no more; more than
    /// there are cores are allowed.
    explicit team(std::size_t threads) {
        require(threads >= 1, "threads = 0: at least one thread is needed");
        helpers_.reserve(threads - 1);
        while (helpers_.size() < threads - 1) {
            try {
                helpers_.emplace_back([this, worker = helpers_.size() + 1] { serve(worker); });
            } catch (const std::system_error& refusal) {
                dismiss();
                throw value_error(
                    detail::concatenate("threads = ", threads, ": the system starts no more than ",
                                        helpers_.size() + 1, " (", refusal.code().message(), ")"));
            }
        }
    }
    ~team() { dismiss(); }
    team(const team&) = delete;
    team& operator=(const team&) = delete;

    /// How many threads work.
    [[nodiscard]] std::size_t size() const { return helpers_.size() + 1; }

    /// Calls task(index, worker) for every index below `count`, workers being numbered from 0.
    /// Returns when all are done. Rethrows the first exception that a task threw.
    template <class Task>
    void for_each(std::size_t count, Task&& task) {
        const auto call = [](void* context, std::size_t index, std::size_t worker) {
            (*static_cast<std::remove_reference_t<Task>*>(context))(index, worker);
        };
        share(count, call, const_cast<void*>(static_cast<const void*>(&task)));
    }
    /// Calls task(begin, end, worker) for stretches of the indices below `count`, longer ones where there are
    /// many, so that what a task takes memory for serves for more than one index.
    template <class Task>
    void for_each_stretch(std::size_t count, Task&& task) {
        const std::size_t length = std::clamp<std::size_t>(count / (8 * size()), 1, 64);
        for_each((count + length - 1) / length, [&](std::size_t index, std::size_t worker) {
            task(index * length, std::min(count, (index + 1) * length), worker);
        });
    }
    /// The same as for_each for tasks so short that handing them out one by one would take as long.
    template <class Task>
    void for_each_of_many(std::size_t count, Task&& task) {
        for_each_stretch(count, [&](std::size_t begin, std::size_t end, std::size_t worker) {
            for (std::size_t index = begin; index < end; ++index) task(index, worker);
        });
    }

  private:
    /// Calls call(context, index, worker) for every index, with the helpers.
    void share(std::size_t count, void (*call)(void*, std::size_t, std::size_t), void* context) {
        if (helpers_.empty() || count < 2) {
            for (std::size_t index = 0; index < count; ++index) call(context, index, 0);
            return;
        }
        {
            const std::scoped_lock lock(mutex_);
            call_ = call;
            context_ = context;
            count_ = count;
            next_ = 0;
            busy_ = helpers_.size();
            ++round_;
        }
        called_.notify_all();
        work(0);
        linger([this] { return busy_ == 0; });
        std::unique_lock lock(mutex_);
        finished_.wait(lock, [this] { return busy_ == 0; });
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    void work(std::size_t worker) {
        try {
            for (std::size_t index = next_++; index < count_; index = next_++) call_(context_, index, worker);
        } catch (...) {
            const std::scoped_lock lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            next_ = count_;
        }
    }
    /// What a helper does until it is dismissed: one round of work after another.
    void serve(std::size_t worker) {
        for (std::size_t seen = 0;; ++seen) {
            linger([&] { return round_ != seen; });
            {
                std::unique_lock lock(mutex_);
                called_.wait(lock, [&] { return round_ != seen || dismissed_; });
                if (dismissed_) return;
            }
            work(worker);
            const std::scoped_lock lock(mutex_);
            if (--busy_ == 0) finished_.notify_all();
        }
    }
    /// Waits for a moment, as long as it takes to put a thread to sleep and wake it, so that rounds which
    /// follow each other closely need not do that.
    template <class Done>
    static void linger(Done done) {
        for (int i = 0; i < 100 && !done(); ++i) std::this_thread::yield();
    }
    void dismiss() {
        {
            const std::scoped_lock lock(mutex_);
            dismissed_ = true;
        }
        called_.notify_all();
        for (std::thread& helper : helpers_) helper.join();
    }

    single_threaded_blas single_threaded_;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    void* context_ = nullptr;
    std::vector<std::thread> helpers_;
    std::size_t count_ = 0;              ///< of the indices of this round
    std::atomic<std::size_t> next_ = 0;  ///< the first index that nobody has taken

    std::mutex mutex_;                           ///< held by who changes what follows
    std::condition_variable called_, finished_;  ///< a round begins; all helpers have ended theirs
    std::atomic<std::size_t> round_ = 0;         ///< rounds so far
    std::atomic<std::size_t> busy_ = 0;          ///< helpers that are not done with the latest
    bool dismissed_ = false;
    std::exception_ptr failure_;
};

}  // namespace engram
