/// @file
/// Counter-based random streams: a number depends on its key and its position alone, never on who drew
/// what before it, so results are the same for any number of threads and after a resume.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ranges>
#include <type_traits>

#include "engram/core/normals.hpp"

namespace engram {

/// The number that a whole experiment's randomness grows from.
struct seed {
    std::uint64_t value = 0;  ///< the number itself
    /// From a number; never implicitly.
    explicit constexpr seed(std::uint64_t v) : value(v) {}
    friend bool operator==(const seed&, const seed&) = default;
};

/// What a stream is drawn for; streams of different purposes never overlap.
enum class purpose : std::uint32_t {
    weights,    ///< of a new network
    trial,      ///< of a batch in training
    noise,      ///< frames of noise
    penalty,    ///< where and when a speed is penalised
    recall,     ///< trials that measure recall
    centroid,   ///< trials that find centroids
    search,     ///< in searches for slow points
    bootstrap,  ///< resampling
    user,       ///< whatever a program of yours draws
    pool,       ///< the trials of an attractor penalty
    units       ///< private noise of units in training
};

/// An endless sequence of random numbers named by (seed, purpose, step, sample).
/// Philox4x32-10 (Salmon et al., SC 2011): the seed is its key, the rest its counter, so every stream has
/// 2^32 blocks of four 32-bit words. Steps count to 2^40, samples to 2^24.
/// Satisfies std::uniform_random_bit_generator.
class random_stream {
  public:
    /// What operator() gives.
    using result_type = std::uint32_t;

    /// The stream of that name, at its beginning.
    random_stream(seed s, purpose p, std::uint64_t step = 0, std::uint64_t sample = 0)
        : key_{static_cast<std::uint32_t>(s.value), static_cast<std::uint32_t>(s.value >> 32)},
          name_{static_cast<std::uint32_t>(step),
                static_cast<std::uint32_t>(step >> 32) << 24 ^ static_cast<std::uint32_t>(sample),
                static_cast<std::uint32_t>(p)} {}

    /// The smallest number that operator() gives.
    static constexpr result_type min() { return 0; }
    /// The largest number that operator() gives.
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    /// The next 32 random bits.
    result_type operator()() {
        if (next_ == 4) {
            detail::philox<1>(key_.data(), {block_++, name_[0], name_[1], name_[2]}, words_);
            next_ = 0;
        }
        return words_[next_++][0];
    }

    /// A number uniform on [0, 1), 53 bits of it.
    double uniform() {
        const std::uint64_t high = (*this)() >> 5, low = (*this)() >> 6;
        return static_cast<double>(high << 26 | low) * 0x1p-53;
    }

    /// An integer uniform on {0, ..., bound - 1}, without bias; `bound` is at least 1.
    std::uint64_t below(std::uint64_t bound) {
        const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
        for (;;) {
            const std::uint64_t high = (*this)(), word = high << 32 | (*this)();
            if (word < limit) return word % bound;
        }
    }

    /// Fills an xtensor, a std::vector, a std::span, or any other array whose numbers stand one after the
    /// other, with independent normal deviates N(mean, deviation^2). Whole groups of sixteen counters are
    /// used up, so equal calls on equal streams give equal numbers whatever follows.
    template <std::ranges::contiguous_range Array, class T = std::ranges::range_value_t<Array>>
    requires std::floating_point<T>
    void normals(Array&& out, std::type_identity_t<T> mean = T(0), std::type_identity_t<T> deviation = T(1)) {
        const std::size_t count = std::ranges::size(out);
        detail::normals(key_.data(), {block_, name_[0], name_[1], name_[2]}, std::ranges::data(out), count,
                        mean, deviation);
        constexpr std::size_t a_group = detail::normals_a_group<T>;
        block_ += static_cast<std::uint32_t>((count + a_group - 1) / a_group * detail::counters_a_group);
        next_ = 4;
    }

    /// One normal deviate N(0, 1).
    template <class T = double>
    T normal() {
        T value[1];
        normals(value);
        return value[0];
    }

  private:
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 3> name_;
    detail::philox_words<1> words_{};
    std::uint32_t block_ = 0;
    unsigned next_ = 4;
};

/// Puts the numbers of a range into a random order (Fisher and Yates).
template <class Range>
void shuffle(Range& range, random_stream stream) {
    for (std::size_t n = std::size(range); n > 1; --n) std::swap(range[n - 1], range[stream.below(n)]);
}

}  // namespace engram
