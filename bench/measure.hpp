/// @file
/// What the measuring programs share: clocks, medians, the reference product, images, and the line protocol
/// by which run.sh's driver asks for work.
#pragma once

#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"
#include "engram/data/idx.hpp"

namespace bench {

using engram::matrix;
using engram::matrix_view;
using std::size_t;

/// Seconds since it was made or restarted: by the clock on the wall, and of all processors used.
class stopwatch {
  public:
    void restart() { *this = {}; }
    [[nodiscard]] double wall() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }
    [[nodiscard]] double cpu() const { return cpu_now() - cpu_begin_; }

  private:
    static double cpu_now() {
        timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    }
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double cpu_begin_ = cpu_now();
};

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Counts units of work. When those asked for are done it answers with the seconds they took ("wall cpu") and
/// waits for the next number on standard input; false at the end of the input. The first `warm_up` units are
/// answered with "ready".
class server {
  public:
    explicit server(size_t warm_up) : left_(warm_up) {}

    bool operator()() {
        if (--left_ > 0) return true;
        if (warm_)
            std::printf("%.9f %.9f\n", watch_.wall(), watch_.cpu());
        else
            std::puts("ready");
        std::fflush(stdout);
        warm_ = true;
        if (!(std::cin >> left_) || left_ == 0) return false;
        watch_.restart();
        return true;
    }

  private:
    size_t left_;
    bool warm_ = false;
    stopwatch watch_;
};

/// The product that the roofline is taken from: the shape of a training step's largest products.
class reference_product {
  public:
    static constexpr size_t m = 2560, k = 785, n = 600;
    static constexpr double flops = 2.0 * m * k * n;

    reference_product() {
        for (auto* factor : {&a_, &b_})
            engram::random_stream(engram::seed{1}, engram::purpose::user).normals(*factor);
    }
    /// Rows `part` of `parts` of the result.
    void compute(size_t part = 0, size_t parts = 1) {
        const size_t first = part * m / parts, count = (part + 1) * m / parts - first;
        engram::gemm<float>(matrix_view<const float>(a_).row_block(first, count), b_,
                            matrix_view<float>(c_).row_block(first, count));
    }

  private:
    matrix<float> a_ = matrix<float>::from_shape({m, k}), b_ = matrix<float>::from_shape({k, n}),
                  c_ = matrix<float>::from_shape({m, n});
};

/// A training step's work as it is counted everywhere here: all products, nothing else. `gates` is 3 for a
/// GRU and 4 for an LSTM.
inline double training_flops(size_t gates, size_t inputs, size_t units, size_t horizon, size_t batch) {
    return static_cast<double>(gates * units * horizon * batch) * static_cast<double>(4 * inputs + 6 * units);
}

/// Images of MNIST's size: noise, as good as any for speed.
inline engram::image_set made_up_images(size_t count = 2000, size_t pixels = 784) {
    auto bytes = matrix<std::uint8_t>::from_shape({count, pixels});
    std::vector<size_t> labels(count);
    engram::random_stream draws(engram::seed{7}, engram::purpose::user);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(draws() >> 24);
    for (size_t i = 0; i < count; ++i) labels[i] = i % 10;
    return {bytes, labels, {.name = "made-up images", .classes = 10}};
}

/// MNIST where it is installed, else made-up images.
inline engram::image_set mnist_or_made_up() {
    try {
        return engram::mnist();
    } catch (const engram::file_error&) {
        return made_up_images();
    }
}

}  // namespace bench
