#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/stacked.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/layer/conv.hpp"
#include "engram/nn/layer/dense.hpp"
#include "engram/nn/layer/front_end.hpp"
#include "engram/nn/layer/max_pool.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/training/loss/attractor_penalty.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/speed_penalty.hpp"
#include "engram/training/loss/weight_decay.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/trainer.hpp"
#include "reference/small_task.hpp"
#include "sanitized.hpp"

using namespace engram;

// Every way to memory is counted: operator new ends in malloc, aligned arrays take the others. Sanitizers
// bring their own malloc, and so do C libraries other than glibc; there these tests are skipped.
#if defined(__GLIBC__) && !defined(ENGRAM_TEST_SANITIZED)
#define ENGRAM_TEST_COUNTS_ALLOCATIONS 1
#endif

namespace {

std::atomic<std::size_t> allocations = 0;

/// Where the code of the BLAS lies. What it allocates inside its products is not counted: OpenBLAS does so
/// for small products on some processors, and nothing can be done about it from here.
std::uintptr_t blas_begin = 0, blas_end = 0;

void find_blas() {
    auto product = reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, "cblas_dgemm"));
    const auto visit = [](dl_phdr_info* object, std::size_t, void* address) {
        std::uintptr_t begin = UINTPTR_MAX, end = 0;
        for (int i = 0; i < object->dlpi_phnum; ++i) {
            const auto& part = object->dlpi_phdr[i];
            if (part.p_type != PT_LOAD) continue;
            begin = std::min<std::uintptr_t>(begin, object->dlpi_addr + part.p_vaddr);
            end = std::max<std::uintptr_t>(end, object->dlpi_addr + part.p_vaddr + part.p_memsz);
        }
        const auto sought = *static_cast<std::uintptr_t*>(address);
        if (sought < begin || sought >= end) return 0;
        blas_begin = begin, blas_end = end;
        return 1;
    };
    if (product != 0) dl_iterate_phdr(visit, &product);
}

[[maybe_unused]] void note_call(const void* caller) {
    const auto from = reinterpret_cast<std::uintptr_t>(caller);
    if (from < blas_begin || from >= blas_end) ++allocations;
}

}  // namespace

#ifdef ENGRAM_TEST_COUNTS_ALLOCATIONS
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the C library chose these names
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

void* malloc(std::size_t size) {
    note_call(__builtin_return_address(0));
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    note_call(__builtin_return_address(0));
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    note_call(__builtin_return_address(0));
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    note_call(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    note_call(__builtin_return_address(0));
    *out = __libc_memalign(alignment, size);
    return *out == nullptr ? 12 : 0;
}
}
#endif

namespace {

/// Whether allocations are seen at all.
bool counting() {
    find_blas();
    const std::size_t before = allocations;
    matrix<double> m(std::array<size_t, 2>{7, 9}, 1.0);
    auto* volatile p = new double(m(6, 8));
    delete p;
    const bool seen = allocations >= before + 2;
    if (!seen) MESSAGE("skipped: allocations cannot be counted in this build");
    // BLIS and some others allocate inside their products; those that engram knows how to limit do not.
    const bool quiet = single_threaded_blas::possible();
    if (seen && !quiet) MESSAGE("skipped: this BLAS may allocate for itself");
    return seen && quiet;
}

template <class Cell, class FrontEnd = no_front_end>
void check_training(size_t threads, FrontEnd front = {}) {
    static const delayed_classification task(reference::small_images(3, 20),
                                             {.horizon = 8, .minimal_delay = 2});
    recurrent_network<Cell, FrontEnd> network(
        {.inputs = task.inputs(), .units = 19, .outputs = task.outputs()}, seed{1}, front);
    matrix<double> points(std::array<size_t, 2>{12, network.state_size()}, 0.1);
    const speed_penalty penalty{
        points, task.noise(), {.metric = speed_metric::published, .perturbation = 0.1}};
    const attractor_penalty held{
        task, {.rows = 80, .life = 3, .refresh = 4, .waiting_steps = 3, .anchor_examples = 40}};
    trainer t{network, cross_entropy{} + 0.1 * penalty + 0.1 * held + 1e-4 * weight_decay{}, adam_w{}};
    std::array<std::size_t, 20> after{};
    t.fit(task, delay_curriculum{},
          {.steps = after.size(),
           .batch = 30,
           .threads = threads,
           .clip_norm = 1,
           .shard = 8,
           .unit_noise = requires { Cell::layers;
}
? 0 : 0.1
}  // namespace
,
          [&](const training_report& r) {
    after[r.step - 1] = allocations; });
for (std::size_t step = 1; step < after.size(); ++step) {
    CAPTURE(step);
    CHECK(after[step] == after[0]);
}
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("a training step after the first allocates nothing, on one thread or several", Cell,
                   gru<float>, lstm<float>, elman<double>) {
    if (!counting()) return;
    check_training<Cell>(1);
    check_training<Cell>(3);
}

TEST_CASE("a training step of a network with a front end allocates nothing either") {
    if (!counting()) return;
    const front_end front{
        {.image = {1, 4, 5}, .piece = 10}, conv<3>{3}, activations::leaky_relu{}, max_pool<2>{}, dense{7}};
    check_training<gru<float>, std::remove_const_t<decltype(front)>>(1, front);
    check_training<gru<float>, std::remove_const_t<decltype(front)>>(3, front);
    check_training<stacked<lstm<float>, 2>>(1);
}

TEST_CASE_TEMPLATE("a network under a constant input allocates nothing once it has seen its largest batch",
                   Cell, gru<double>, lstm<double>) {
    if (!counting()) return;
    const recurrent_network<Cell> network({.inputs = 4, .units = 19, .outputs = 3}, seed{1});
    const constant_input_map map{network, vector<double>(std::array<size_t, 1>{4}, 0.2)};
    const size_t d = map.dimension();
    matrix<double> h(std::array<size_t, 2>{9, d}, 0.1), next = h, jacobian(std::array<size_t, 2>{d, d});
    map.vjp(h, h, next);
    const std::size_t before = allocations;
    map.apply(h, next);
    map.vjp(h, h, next);
    map.jacobian(matrix_view<const double>(h).row_block(3, 1), jacobian);
    map.apply(matrix_view<const double>(h).row_block(2, 4), matrix_view<double>(next).row_block(2, 4));
    CHECK(allocations == before);
}
