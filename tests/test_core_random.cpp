#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <Random123/philox.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "engram/core/random.hpp"
#include "reference/statistics.hpp"

using namespace engram;
using reference::kolmogorov;
using reference::unevenness;

namespace {

template <class T>
std::vector<T> normals(random_stream stream, size_t count) {
    std::vector<T> x(count);
    stream.normals(x);
    return x;
}

/// The correlation of x[i] and y[i] times sqrt(n): about normal if they are independent and standardised.
template <class T>
double correlation(const T* x, const T* y, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
    return sum / std::sqrt(static_cast<double>(n));
}

double normal_law(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

}  // namespace

TEST_SUITE_BEGIN("core");

// By itself, for a stream begins where its counter is 0, and would take 2^32 blocks to carry.
TEST_CASE("the vectorised Philox gives the words of Random123") {
    const std::array<std::uint32_t, 4> starts[] = {{0, 0, 0, 0},
                                                   {0xffffffe0, 0xffffffff, 0xffffffff, 0xffffffff},
                                                   {0x243f6a88, 0x85a308d3, 0x13198a2e, 7}};
    const std::uint32_t keys[][2] = {{0, 0}, {0xffffffff, 0xffffffff}, {0xa4093822, 0x299f31d0}};
    for (const auto& start : starts) {
        for (const auto& key : keys) {
            detail::philox_words<64> words;
            detail::philox(key, start, words);
            for (std::uint32_t i = 0; i < 64; ++i) {
                const auto expected =
                    r123::Philox4x32{}({{start[0] + i, start[1], start[2], start[3]}}, {{key[0], key[1]}});
                for (size_t j = 0; j < 4; ++j) CHECK(words[j][i] == expected[j]);
            }
        }
    }
}

TEST_CASE(
    "a stream's words are Random123's, keyed by the seed and counted by block, step, sample and purpose") {
    random_stream stream(seed{0x0123456789abcdef}, purpose::recall, 0x1'0000'0003, 5);
    for (std::uint32_t block = 0; block < 3; ++block) {
        const auto expected =
            r123::Philox4x32{}({{block, 3, (1u << 24) ^ 5u, static_cast<std::uint32_t>(purpose::recall)}},
                               {{0x89abcdef, 0x01234567}});
        for (size_t j = 0; j < 4; ++j) CHECK(stream() == expected[j]);
    }
}

TEST_CASE_TEMPLATE("normals are Box and Muller's of the words, to rounding", T, float, double) {
    constexpr size_t a_group = 256 / sizeof(T);  // numbers that are made of the words of 16 counters
    const seed key{99};
    const auto x = normals<T>({key, purpose::noise, 3, 4}, 1000);
    for (size_t i = 0; i < x.size(); ++i) {
        const size_t group = i / a_group, within = i % a_group;
        const size_t counter = 16 * group + within % 16, pair = within / 32;
        const bool sine = within / 16 % 2 == 1;
        const auto w = r123::Philox4x32{}(
            {{static_cast<std::uint32_t>(counter), 3, 4, static_cast<std::uint32_t>(purpose::noise)}},
            {{99, 0}});
        double radius, angle;
        if (sizeof(T) == 4) {
            radius = static_cast<double>(w[2 * pair] >> 1) * 0x1p-31 + 0x1p-32;
            angle = static_cast<double>(static_cast<std::int32_t>(w[2 * pair + 1])) * 0x1p-31;
        } else {
            radius = (w[0] + w[2] * 0x1p-32) * 0x1p-32 + 0x1p-65;
            angle = (w[1] + w[3] * 0x1p-32) * 0x1p-31 - 1;
        }
        const double length = std::sqrt(-2 * std::log(radius)), turn = std::numbers::pi * angle;
        const double expected = length * (sine ? std::sin(turn) : std::cos(turn));
        // Near radius 1 the logarithm is small and takes over the rounding of its argument.
        const double rounding = sizeof(T) == 4 ? 2e-6 : 2e-14;
        const double slack = rounding * std::max(1.0, 1 / length);
        CHECK(std::abs(static_cast<double>(x[i]) - expected) < slack * std::max(1.0, length));
    }
}

TEST_CASE_TEMPLATE("normals follow the normal law (Kolmogorov and Smirnov)", T, float, double) {
    for (const std::uint64_t s : {1u, 2u, 3u})
        CHECK(kolmogorov(normals<T>({seed{s}, purpose::noise}, 1'000'000), normal_law) < 1.95);
    const auto x = normals<T>({seed{4}, purpose::noise}, 1'000'000);
    std::vector<T> shifted(x.size());
    random_stream(seed{4}, purpose::noise).normals(shifted, T(0.3), T(0.1));
    CHECK(kolmogorov(shifted, [](double v) { return normal_law((v - 0.3) / 0.1); }) < 1.95);
}

TEST_CASE_TEMPLATE("normals have the normal law's moments up to the fourth, and its tails", T, float,
                   double) {
    const size_t a_stream = 1 << 16, streams = 512;
    const double n = static_cast<double>(a_stream * streams);
    double moment[9] = {};
    double beyond[6] = {};
    bool finite = true;
    for (size_t s = 0; s < streams; ++s) {
        for (const T value : normals<T>({seed{11}, purpose::noise, 0, s}, a_stream)) {
            const double x = static_cast<double>(value), square = x * x;
            finite = finite && std::isfinite(x);
            moment[1] += x, moment[2] += square, moment[3] += x * square, moment[4] += square * square;
            for (int sigma = 3; sigma <= 5; ++sigma) beyond[sigma] += std::abs(x) > sigma ? 1 : 0;
        }
    }
    CHECK(finite);
    // Expectations and deviations of x^k: 0, 1, 0, 3 and sqrt of 1, 2, 15, 96.
    CHECK(std::abs(moment[1]) < 4 * std::sqrt(n));
    CHECK(std::abs(moment[2] - n) < 4 * std::sqrt(2 * n));
    CHECK(std::abs(moment[3]) < 4 * std::sqrt(15 * n));
    CHECK(std::abs(moment[4] - 3 * n) < 4 * std::sqrt(96 * n));
    for (int sigma = 3; sigma <= 5; ++sigma) {
        const double expected = n * std::erfc(sigma / std::numbers::sqrt2);
        CHECK(std::abs(beyond[sigma] - expected) < 4 * std::sqrt(expected));
    }
}

TEST_CASE_TEMPLATE("normals do not depend on one another, at any lag or between the two of a pair", T, float,
                   double) {
    const size_t n = 1 << 20;
    const auto x = normals<T>({seed{21}, purpose::noise}, n + 256);
    std::vector<T> square(x.size());
    std::transform(x.begin(), x.end(), square.begin(), [](T v) { return (v * v - 1) / std::sqrt(T(2)); });
    for (const size_t lag : {1u, 2u, 3u, 4u, 8u, 15u, 16u, 17u, 32u, 48u, 64u, 128u, 256u}) {
        CAPTURE(lag);
        CHECK(std::abs(correlation(x.data(), x.data() + lag, n)) < 4);
        CHECK(std::abs(correlation(square.data(), square.data() + lag, n)) < 4);
        CHECK(std::abs(correlation(x.data(), square.data() + lag, n)) < 4);
    }
}

TEST_CASE_TEMPLATE("streams of neighbouring samples, steps, seeds and purposes are independent", T, float,
                   double) {
    const size_t n = 1 << 13, pairs = 300;
    const auto spread = std::sqrt(static_cast<double>(pairs));
    using name = std::array<std::uint64_t, 3>;  // seed, step, sample
    const auto named = [&](const name& s) { return normals<T>({seed{s[0]}, purpose::noise, s[1], s[2]}, n); };
    const std::vector<name (*)(name)> neighbours{[](name s) {
                                                     return name{s[0], s[1], s[2] + 1};
                                                 },
                                                 [](name s) {
                                                     return name{s[0], s[1] + 1, s[2]};
                                                 },
                                                 [](name s) {
                                                     return name{s[0] + 1, s[1], s[2]};
                                                 },
                                                 [](name s) {
                                                     return name{s[0], s[2], s[1]};
                                                 },
                                                 [](name s) {
                                                     return name{s[0], s[1] + (1ull << 32), s[2]};
                                                 }};
    for (const auto neighbour : neighbours) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < pairs; ++i) {
            const name here{31, i % 17, 20 + i};
            const double c = correlation(named(here).data(), named(neighbour(here)).data(), n);
            sum += c, squares += c * c;
        }
        CHECK(std::abs(sum) < 4 * spread);
        CHECK(std::abs(squares - pairs) < 4 * std::sqrt(2.0) * spread);
    }
    const auto x = named({31, 7, 9});
    for (const auto other : {purpose::weights, purpose::trial, purpose::penalty, purpose::recall})
        CHECK(std::abs(correlation(x.data(), normals<T>({seed{31}, other, 7, 9}, n).data(), n)) < 4);
    // The same place in many streams is as good a sample as many places in one.
    std::vector<T> across;
    for (size_t sample = 0; sample < 100'000; ++sample)
        across.push_back(random_stream(seed{33}, purpose::noise, 0, sample).normal<T>());
    CHECK(kolmogorov(across, normal_law) < 1.95);
    CHECK(std::abs(correlation(across.data(), across.data() + 1, across.size() - 1)) < 4);
}

TEST_CASE("streams that differ in any part of their name differ from the first word") {
    std::set<std::uint32_t> firsts;
    size_t streams = 0;
    for (const std::uint64_t key : {0ull, 1ull, 1ull << 32})
        for (const auto what :
             {purpose::weights, purpose::trial, purpose::noise, purpose::penalty, purpose::recall,
              purpose::centroid, purpose::search, purpose::bootstrap, purpose::user})
            for (const std::uint64_t step : {0ull, 1ull, 1ull << 32, (1ull << 40) - 1})
                for (const std::uint64_t sample : {0ull, 1ull, (1ull << 24) - 1})
                    firsts.insert(random_stream(seed{key}, what, step, sample)()), ++streams;
    CHECK(firsts.size() == streams);
}

TEST_CASE_TEMPLATE("how many normals are asked for does not change the first of them", T, float, double) {
    const random_stream stream(seed{41}, purpose::noise);
    const auto all = normals<T>(stream, 1000);
    for (const size_t count :
         {1u, 3u, 15u, 16u, 17u, 31u, 32u, 63u, 64u, 65u, 127u, 200u, 255u, 256u, 257u, 785u})
        CHECK(normals<T>(stream, count) == std::vector<T>(all.begin(), all.begin() + long(count)));
}

TEST_CASE("a stream goes on after normals with numbers that were not used") {
    random_stream a(seed{43}, purpose::noise), b = a;
    float few[3], more[64];
    a.normals(few);
    b.normals(more);  // a whole group, as three are
    for (int i = 0; i < 10; ++i) CHECK(a() == b());
    std::vector<float> twice(128);
    random_stream c(seed{44}, purpose::noise), d = c;
    c.normals(std::span(twice).first(64)), c.normals(std::span(twice).last(64));
    CHECK(twice == normals<float>(d, 128));
}

TEST_CASE("uniform lies in [0, 1) and is uniform") {
    random_stream stream(seed{51}, purpose::user);
    std::vector<double> x(1'000'000);
    for (double& value : x) value = stream.uniform();
    const auto [least, most] = std::minmax_element(x.begin(), x.end());
    CHECK(*least >= 0);
    CHECK(*most < 1);
    CHECK(kolmogorov(x, [](double v) { return v; }) < 1.95);
}

TEST_CASE("below is uniform for bounds small, odd and near 2^64") {
    random_stream stream(seed{52}, purpose::user);
    CHECK(stream.below(1) == 0);
    for (const std::uint64_t bound : {2u, 3u, 10u, 97u}) {
        CAPTURE(bound);
        std::vector<double> counts(bound);
        for (int i = 0; i < 200'000; ++i) ++counts[stream.below(bound)];
        CHECK(std::abs(unevenness(counts)) < 4);
    }
    // Words taken modulo this bound without rejection would fall below its half in 2 of 3 cases.
    const std::uint64_t bound = (std::uint64_t{3} << 62), half = bound / 2;
    double low = 0;
    const double n = 100'000;
    for (int i = 0; i < static_cast<int>(n); ++i) {
        const auto x = stream.below(bound);
        REQUIRE(x < bound);
        low += x < half ? 1 : 0;
    }
    CHECK(std::abs(low - n / 2) < 4 * std::sqrt(n / 4));
}

TEST_CASE("shuffle gives every order equally often") {
    std::map<std::vector<int>, double> counts;
    for (size_t i = 0; i < 24'000; ++i) {
        std::vector<int> x{1, 2, 3, 4};
        shuffle(x, random_stream(seed{53}, purpose::user, i));
        ++counts[x];
    }
    REQUIRE(counts.size() == 24);
    std::vector<double> each;
    for (const auto& [order, count] : counts) each.push_back(count);
    CHECK(std::abs(unevenness(each)) < 4);
}

TEST_CASE("a stream serves the standard library's algorithms") {
    static_assert(std::uniform_random_bit_generator<random_stream>);
    random_stream stream(seed{54}, purpose::user);
    std::uniform_int_distribution<int> die(1, 6);
    std::vector<double> counts(6);
    for (int i = 0; i < 60'000; ++i) ++counts[static_cast<size_t>(die(stream) - 1)];
    CHECK(std::abs(unevenness(counts)) < 4);
}
