/// @file
/// The map of a network of any cell as one type, so that the searches of a command are compiled once.
#pragma once

#include <engram/dynamics/map/state_bounds.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace commands {

namespace eg = engram;

/// A map, whatever its type. A copy has scratch memory of its own. Without outputs it reads out none (n x 0).
class any_map {
  public:
    using scalar = double;

    template <class Map>
    explicit any_map(Map map) : held_(std::make_unique<holder<Map>>(std::move(map))) {}
    any_map(const any_map& other) : held_(other.held_->copy()) {}
    any_map(any_map&&) noexcept = default;
    any_map& operator=(any_map other) noexcept {
        held_ = std::move(other.held_);
        return *this;
    }
    ~any_map() = default;

    [[nodiscard]] std::size_t dimension() const { return held_->dimension(); }
    void apply(eg::matrix_view<const double> h, eg::matrix_view<double> next) const { held_->apply(h, next); }
    void vjp(eg::matrix_view<const double> h, eg::matrix_view<const double> u,
             eg::matrix_view<double> out) const {
        held_->vjp(h, u, out);
    }
    void jacobian(eg::matrix_view<const double> h, eg::matrix_view<double> result) const {
        held_->jacobian(h, result);
    }
    [[nodiscard]] eg::matrix<double> read_out(eg::matrix_view<const double> states) const {
        return held_->read_out(states);
    }
    [[nodiscard]] eg::search_region<double> state_bounds() const { return held_->state_bounds(); }

  private:
    struct base {
        virtual ~base() = default;
        [[nodiscard]] virtual std::unique_ptr<base> copy() const = 0;
        [[nodiscard]] virtual std::size_t dimension() const = 0;
        virtual void apply(eg::matrix_view<const double> h, eg::matrix_view<double> next) const = 0;
        virtual void vjp(eg::matrix_view<const double> h, eg::matrix_view<const double> u,
                         eg::matrix_view<double> out) const = 0;
        virtual void jacobian(eg::matrix_view<const double> h, eg::matrix_view<double> result) const = 0;
        [[nodiscard]] virtual eg::matrix<double> read_out(eg::matrix_view<const double> states) const = 0;
        [[nodiscard]] virtual eg::search_region<double> state_bounds() const = 0;
    };
    template <class Map>
    struct holder final : base {
        explicit holder(Map held) : map(std::move(held)) {}
        [[nodiscard]] std::unique_ptr<base> copy() const override { return std::make_unique<holder>(map); }
        [[nodiscard]] std::size_t dimension() const override { return map.dimension(); }
        void apply(eg::matrix_view<const double> h, eg::matrix_view<double> next) const override {
            map.apply(h, next);
        }
        void vjp(eg::matrix_view<const double> h, eg::matrix_view<const double> u,
                 eg::matrix_view<double> out) const override {
            map.vjp(h, u, out);
        }
        void jacobian(eg::matrix_view<const double> h, eg::matrix_view<double> result) const override {
            if constexpr (requires { map.jacobian(h, result); }) {
                map.jacobian(h, result);
            } else {  // row i is e_i^T dF/dh
                const std::size_t d = dimension();
                eg::matrix<double> states({d, d}), rows({d, d}, 0.0);
                for (std::size_t i = 0; i < d; ++i) {
                    std::copy_n(h.data(), d, &states(i, 0));
                    rows(i, i) = 1;
                }
                map.vjp(states, rows, result);
            }
        }
        [[nodiscard]] eg::matrix<double> read_out(eg::matrix_view<const double> states) const override {
            if constexpr (requires { map.read_out(states); }) return map.read_out(states);
            return eg::matrix<double>::from_shape({states.rows(), 0});
        }
        [[nodiscard]] eg::search_region<double> state_bounds() const override {
            if constexpr (eg::bounded_map<Map>) return map.state_bounds();
            return {};
        }
        Map map;
    };
    std::unique_ptr<base> held_;
};

}  // namespace commands
