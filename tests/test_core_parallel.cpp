#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/core/tensor.hpp"
#include "sanitized.hpp"

using namespace engram;

namespace {

#ifndef ENGRAM_TEST_SANITIZED  // sanitizers reserve more memory than this program could be left with
/// While one of these lives, the program gets no more than so many bytes beside what it has.
class little_memory {
  public:
    explicit little_memory(size_t bytes) {
        size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        getrlimit(RLIMIT_AS, &usual_);
        rlimit limit = usual_;
        limit.rlim_cur = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + bytes;
        possible = pages > 0 && limit.rlim_cur <= usual_.rlim_max && setrlimit(RLIMIT_AS, &limit) == 0;
    }
    ~little_memory() { setrlimit(RLIMIT_AS, &usual_); }
    little_memory(const little_memory&) = delete;
    little_memory& operator=(const little_memory&) = delete;

    bool possible = false;

  private:
    rlimit usual_{};
};

size_t threads_of_this_program() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (size_t count = 0; word == "Threads:" && status >> count) return count;
    return 0;
}
#endif

/// The threads of OpenBLAS or BLIS, if one of them is what this program runs with.
struct blas {
    using setter = void (*)(int);
    using getter = int (*)();
    setter set = nullptr;
    getter get = nullptr;
    blas() {
        double one = 1;  // a product, so that the BLAS is part of this program
        gemm<double>(matrix_view<double>(&one, 1, 1), matrix_view<double>(&one, 1, 1),
                     matrix_view<double>(&one, 1, 1));
        for (const auto& [s, g] : {std::pair{"openblas_set_num_threads", "openblas_get_num_threads"},
                                   std::pair{"bli_thread_set_num_threads", "bli_thread_get_num_threads"}}) {
            set = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, s));
            get = reinterpret_cast<getter>(dlsym(RTLD_DEFAULT, g));
            if (set != nullptr && get != nullptr) return;
        }
    }
};

}  // namespace

TEST_SUITE_BEGIN("core");

TEST_CASE(
    "of a BLAS whose threads cannot be limited a warning is printed, once, and its products are right") {
    if (single_threaded_blas::possible()) {
        MESSAGE("skipped: this BLAS's threads can be limited");
        return;
    }
    std::FILE* const printed = std::tmpfile();
    REQUIRE(printed != nullptr);
    const int usual = dup(fileno(stderr));
    dup2(fileno(printed), fileno(stderr));
    const matrix<double> a = {{1, 2}, {3, 4}}, b = {{5, 6}, {7, 8}};
    auto product = matrix<double>::from_shape({2, 2});
    {
        const single_threaded_blas one;
        gemm<double>(a, b, product);
    }
    { team workers(2); }
    dup2(usual, fileno(stderr));
    close(usual);
    std::string text(static_cast<size_t>(std::ftell(printed)), ' ');
    std::rewind(printed);
    CHECK(std::fread(text.data(), 1, text.size(), printed) == text.size());
    std::fclose(printed);
    const auto first = text.find("cannot limit the threads of this BLAS");
    CHECK(first != std::string::npos);
    CHECK(text.find("cannot limit", first + 1) == std::string::npos);
    CHECK(product == matrix<double>{{19, 22}, {43, 50}});
}

TEST_CASE("every index is worked on once, whatever the number of threads, also beyond the cores") {
    for (const size_t threads : {1u, 2u, 3u, 16u}) {
        team workers(threads);
        CHECK(workers.size() == threads);
        for (const size_t count : {0u, 1u, 2u, 7u, 1000u}) {
            std::vector<std::atomic<int>> visits(count);
            std::atomic<bool> known = true;
            workers.for_each(count, [&](size_t index, size_t worker) {
                ++visits[index];
                if (worker >= threads) known = false;
            });
            CHECK(known);
            for (const auto& v : visits) CHECK(v == 1);
        }
    }
}

TEST_CASE("threads hand their work over: plain writes of one loop are read in the next") {
    team workers(3);
    std::vector<size_t> x(50, 0);
    for (size_t round = 1; round <= 200; ++round) {
        workers.for_each(x.size(), [&](size_t i, size_t) { ++x[(i + round) % x.size()]; });
    }
    for (const size_t v : x) CHECK(v == 200);
}

TEST_CASE("workers that run at the same time have numbers of their own, one a thread") {
    team workers(4);
    std::vector<std::atomic<int>> inside(4);
    std::atomic<bool> alone = true;
    workers.for_each(2000, [&](size_t, size_t worker) {
        if (++inside[worker] != 1) alone = false;
        --inside[worker];
    });
    CHECK(alone);
}

TEST_CASE("no threads at all are refused") {
    CHECK_THROWS_WITH_AS(team(0), "threads = 0: at least one thread is needed", value_error);
}

#ifndef ENGRAM_TEST_SANITIZED
TEST_CASE(
    "where the system starts no more threads the error says how many there were, and those that were end") {
    const blas library;
    const int before = library.get != nullptr ? library.get() : 0;
    const size_t threads = threads_of_this_program();
    std::string message;
    {
        const little_memory stacks_of_a_few_threads(size_t{100} << 20);
        if (!stacks_of_a_few_threads.possible) {
            MESSAGE("skipped: the memory of this program cannot be limited");
            return;
        }
        try {
            const team workers(1'000'000);
        } catch (const value_error& e) {
            message = e.what();
        }
    }
    const std::string said = "threads = 1000000: the system starts no more than ";
    REQUIRE(message.starts_with(said));
    const int started = std::stoi(message.substr(said.size()));
    CHECK(started >= 1);
    CHECK(started < 1'000'000);
    CHECK((library.get != nullptr ? library.get() : 0) == before);
    for (int wait = 0; wait < 1000 && threads_of_this_program() > threads; ++wait) usleep(1000);
    CHECK(threads_of_this_program() == threads);
}
#endif

TEST_CASE("an exception of any thread's task reaches the caller, and the team works on") {
    for (const size_t threads : {1u, 2u, 5u}) {
        team workers(threads);
        for (const size_t bad : {0u, 17u, 99u}) {
            std::atomic<size_t> done = 0;
            CHECK_THROWS_WITH_AS(workers.for_each(100,
                                                  [&](size_t i, size_t) {
                                                      if (i == bad) throw std::runtime_error("task failed");
                                                      ++done;
                                                  }),
                                 "task failed", std::runtime_error);
            CHECK(done < 100);
        }
        CHECK_THROWS_AS(workers.for_each(100, [](size_t, size_t) { throw 7; }), int);  // all of them at once
        std::atomic<size_t> done = 0;
        workers.for_each(100, [&](size_t, size_t) { ++done; });
        CHECK(done == 100);
    }
}

TEST_CASE("the BLAS has one thread while a team lives, and its own number afterwards, also after a throw") {
    const blas library;
    if (library.set == nullptr || library.get == nullptr) {
        MESSAGE("skipped: this BLAS has no threads that could be counted");
        return;
    }
    library.set(2);
    if (library.get() != 2) {
        MESSAGE("skipped: this BLAS was built for one thread");
        return;
    }
    CHECK(single_threaded_blas::possible());
    {
        team outer(2);
        CHECK(library.get() == 1);
        {
            const single_threaded_blas inner;
            CHECK(library.get() == 1);
        }
        CHECK(library.get() == 1);
    }
    CHECK(library.get() == 2);
    try {
        team workers(2);
        workers.for_each(4, [](size_t, size_t) { throw 1; });
    } catch (int) {
    }
    CHECK(library.get() == 2);
    CHECK_THROWS(team(0));
    CHECK(library.get() == 2);
}

TEST_CASE("teams on different threads share the limit on the BLAS") {
    const blas library;
    const int before = library.get != nullptr ? library.get() : 0;
    std::vector<std::thread> users;
    for (int u = 0; u < 4; ++u) {
        users.emplace_back([] {
            for (int i = 0; i < 20; ++i) {
                team workers(2);
                workers.for_each(4, [](size_t, size_t) {});
            }
        });
    }
    for (auto& user : users) user.join();
    CHECK((library.get != nullptr ? library.get() : 0) == before);
}
