/// @file
/// Reverse-mode differentiation on a tape: a way to gradients that shares nothing with the library's.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace reference {

/// One number of a computation and its partial derivatives by the at most two it was made from.
struct tape_entry {
    std::size_t from[2];
    double partial[2];
};

/// Everything computed so far; entry 0 stands for all constants.
inline std::vector<tape_entry>& tape() {
    static std::vector<tape_entry> entries(1);
    return entries;
}

/// A number that remembers how it was computed.
class number {
  public:
    number(double constant = 0) : value_(constant) {}
    static number variable(double value) { return {value, 0, 0}; }

    [[nodiscard]] double value() const { return value_; }
    [[nodiscard]] std::size_t place() const { return place_; }

    friend number operator+(number a, number b) { return {a.value_ + b.value_, a, 1, b, 1}; }
    friend number operator-(number a, number b) { return {a.value_ - b.value_, a, 1, b, -1}; }
    friend number operator*(number a, number b) { return {a.value_ * b.value_, a, b.value_, b, a.value_}; }
    friend number operator/(number a, number b) {
        return {a.value_ / b.value_, a, 1 / b.value_, b, -a.value_ / (b.value_ * b.value_)};
    }
    friend number exp(number x) { return {std::exp(x.value_), x, std::exp(x.value_), 0, 0}; }
    friend number tanh(number x) {
        const double y = std::tanh(x.value_);
        return {y, x, 1 - y * y, 0, 0};
    }

  private:
    number(double value, number a, double by_a, number b = {}, double by_b = 0) : value_(value) {
        place_ = tape().size();
        tape().push_back({{a.place_, b.place_}, {by_a, by_b}});
    }

    double value_;
    std::size_t place_ = 0;
};

/// The gradient of a number by each of the variables.
inline std::vector<double> gradient(const number& of, const std::vector<number>& variables) {
    std::vector<double> adjoint(tape().size(), 0.0);
    adjoint[of.place()] = 1;
    for (std::size_t i = tape().size(); i-- > 1;)
        for (int k = 0; k < 2; ++k) adjoint[tape()[i].from[k]] += adjoint[i] * tape()[i].partial[k];
    std::vector<double> result;
    for (const number& x : variables) result.push_back(adjoint[x.place()]);
    return result;
}

}  // namespace reference
