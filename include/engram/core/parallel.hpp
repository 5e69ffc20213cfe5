/// @file
/// A team of threads that works through numbered tasks. Which thread takes which task is left to chance, so
/// a task writes only to places of its own; sums over tasks are taken afterwards, in the order of the tasks.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include "engram/core/blas_threads.hpp"
#include "engram/core/error.hpp"
#include "engram/core/mutex.hpp"

namespace engram {

/// Threads that are started once and then work together on one loop after another. The thread that calls
/// for_each works too, so a team of one starts none. The BLAS is single-threaded while the team lives.
class team {
  public:
    /// Throws value_error unless there is at least one thread, and where the system starts no more; more than
    /// there are cores are allowed.
    [[gnu::cold]] explicit team(std::size_t threads) {
        require(threads >= 1, "threads = 0: at least one thread is needed");
        helpers_.reset(new pthread_t[threads - 1]);
        for (; helper_count_ < threads - 1; ++helper_count_) {
            const int refusal = pthread_create(&helpers_[helper_count_], nullptr, &serve, this);
            if (refusal == 0) continue;
            dismiss();
            throw value_error(concatenate("threads = ", threads, ": the system starts no more than ",
                                          helper_count_ + 1, " (", std::generic_category().message(refusal),
                                          ")"));
        }
    }
    [[gnu::cold]] ~team() { dismiss(); }
    team(const team&) = delete;
    team& operator=(const team&) = delete;

    /// How many threads work.
    [[nodiscard]] std::size_t size() const { return helper_count_ + 1; }

    /// Calls task(index, worker) for every index below `count`, workers being numbered from 0.
    /// Returns when all are done. Rethrows the first exception that a task threw.
    template <class Task>
    void for_each(std::size_t count, Task&& task) {
        if (helper_count_ == 0 || count < 2) {
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
        {
            const detail::lock lock(mutex_);
            count_ = count;
            next_ = 0;
            busy_ = helper_count_;
            ++round_;
        }
        called_.notify_all();
        work(0);
        linger([this] { return busy_ == 0; });
        const detail::lock lock(mutex_);
        while (busy_ > 0) finished_.wait(mutex_);
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    [[gnu::cold]] void work(std::size_t worker) {
        try {
            for (std::size_t index = next_++; index < count_; index = next_++) call_(context_, index, worker);
        } catch (...) {
            const detail::lock lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            next_ = count_;
        }
    }
    /// What a helper does until it is dismissed: one round of work after another. First it takes a number,
    /// later it says each time that its round is over.
    [[gnu::cold]] static void* serve(void* self) {
        team& t = *static_cast<team*>(self);
        std::size_t worker = 0;
        for (std::size_t seen = 0;;) {
            {
                const detail::lock lock(t.mutex_);
                if (worker == 0)
                    worker = ++t.numbered_;
                else if (--t.busy_ == 0)
                    t.finished_.notify_all();
            }
            t.linger([&] { return t.round_ != seen; });
            {
                const detail::lock lock(t.mutex_);
                while (t.round_ == seen && !t.dismissed_) t.called_.wait(t.mutex_);
                if (t.dismissed_) return nullptr;
                ++seen;
            }
            t.work(worker);
        }
    }
    /// Waits for a moment, as long as it takes to put a thread to sleep and wake it, so that rounds which
    /// follow each other closely need not do that.
    template <class Done>
    static void linger(Done done) {
        for (int i = 0; i < 100 && !done(); ++i) sched_yield();
    }
    [[gnu::cold]] void dismiss() {
        {
            const detail::lock lock(mutex_);
            dismissed_ = true;
        }
        called_.notify_all();
        for (std::size_t i = 0; i < helper_count_; ++i) pthread_join(helpers_[i], nullptr);
    }

    single_threaded_blas single_threaded_;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    void* context_ = nullptr;
    std::unique_ptr<pthread_t[]> helpers_;
    std::size_t helper_count_ = 0;
    std::size_t count_ = 0;              ///< of the indices of this round
    std::atomic<std::size_t> next_ = 0;  ///< the first index that nobody has taken

    detail::mutex mutex_;                  ///< held by who changes what follows
    detail::condition called_, finished_;  ///< a round begins; all helpers have ended theirs
    std::atomic<std::size_t> round_ = 0;   ///< rounds so far
    std::atomic<std::size_t> busy_ = 0;    ///< helpers that are not done with the latest
    std::size_t numbered_ = 0;             ///< helpers that have a number
    bool dismissed_ = false;
    std::exception_ptr failure_;
};

}  // namespace engram
