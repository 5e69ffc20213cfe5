/// @file
/// A mutex and a condition of POSIX threads. (Not the standard library's: every program that searches a map
/// reads this, and the standard header of threads takes a twentieth of the time that xtensor takes to
/// compile.)
#pragma once

#include <pthread.h>

namespace engram::detail {

/// Held by one thread at a time. (It owns nothing, so that a static one is good until the very end.)
class mutex {
  public:
    mutex() = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

  private:
    friend class lock;
    friend class condition;
    pthread_mutex_t handle_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Holds a mutex while it lives.
class lock {
  public:
    explicit lock(mutex& m) : mutex_(m) { pthread_mutex_lock(&mutex_.handle_); }
    ~lock() { pthread_mutex_unlock(&mutex_.handle_); }
    lock(const lock&) = delete;
    lock& operator=(const lock&) = delete;

  private:
    mutex& mutex_;
};

/// What threads that hold a mutex wait for.
class condition {
  public:
    condition() = default;
    ~condition() { pthread_cond_destroy(&handle_); }
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;

    /// Releases the mutex, which the caller holds, until notify_all(); may also return for no reason.
    void wait(mutex& held) { pthread_cond_wait(&handle_, &held.handle_); }
    void notify_all() { pthread_cond_broadcast(&handle_); }

  private:
    pthread_cond_t handle_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace engram::detail
