/// @file
/// Keeps the BLAS to one thread while engram runs its own threads, and gives it its threads back after.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace engram {

namespace detail {

/// How to limit the threads of the BLAS that the program was linked with, and who asks for it.
struct blas_control {
    void (*set)(int) = nullptr;
    int (*get)() = nullptr;
    int users = 0, before = 1;
    bool warned = false;
    std::mutex mutex;

    blas_control() {
        // BLIS counts its threads in dim_t, which is passed and returned in the same registers as int.
        constexpr const char* known[][2] = {{"openblas_set_num_threads", "openblas_get_num_threads"},
                                            {"MKL_Set_Num_Threads", "MKL_Get_Max_Threads"},
                                            {"bli_thread_set_num_threads", "bli_thread_get_num_threads"}};
        for (const auto& [setter, getter] : known) {
            set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, setter));
            get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, getter));
            if (set != nullptr && get != nullptr) return;
        }
        set = nullptr;
    }
};

}  // namespace detail

/// While one of these lives, the BLAS computes every product on the thread that asks for it: products of
/// engram's sizes gain nothing from more, and their bits would depend on how many there are.
/// OpenBLAS, BLIS and MKL are known, looked up at run time; for another BLAS a warning is printed, once.
class single_threaded_blas {
  public:
    single_threaded_blas() {
        const std::scoped_lock lock(state().mutex);
        if (state().users++ > 0) return;
        if (state().set == nullptr) {
            warn_once();
        } else {
            state().before = state().get();
            state().set(1);
        }
    }
    ~single_threaded_blas() {
        const std::scoped_lock lock(state().mutex);
        if (--state().users == 0 && state().set != nullptr) state().set(state().before);
    }
    single_threaded_blas(const single_threaded_blas&) = delete;
    single_threaded_blas& operator=(const single_threaded_blas&) = delete;

    /// Whether the number of threads of this program's BLAS can be limited.
    static bool possible() { return state().set != nullptr; }

  private:
    static detail::blas_control& state() {
        static detail::blas_control the_blas;
        return the_blas;
    }
    static void warn_once() {
        if (std::exchange(state().warned, true)) return;
        std::fputs(
            "engram: cannot limit the threads of this BLAS; if it has its own, set them to 1 for speed "
            "and for results that repeat to the bit\n",
            stderr);
    }
};

}  // namespace engram
