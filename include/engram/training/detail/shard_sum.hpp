/// @file
/// The sum of one gradient a shard, in an order that depends neither on threads nor on processes.
#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "engram/core/process_group.hpp"
#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"

namespace engram::detail {

/// Shards first, ..., first + count - 1, a node of the binary tree in which all shards are added up:
/// sum(node) = sum(left(node)) + sum(right(node)).
struct shard_node {
    size_t first, count;
    [[nodiscard]] shard_node left() const { return {first, std::bit_floor(count - 1)}; }
    [[nodiscard]] shard_node right() const { return {first + left().count, count - left().count}; }
    friend bool operator==(const shard_node&, const shard_node&) = default;
};

/// Appends the largest nodes below `node` that lie in [first, last): what one process can add up by itself.
inline void append_nodes_within(shard_node node, size_t first, size_t last, std::vector<shard_node>& nodes) {
    if (node.first >= last || node.first + node.count <= first) return;
    if (node.first >= first && node.first + node.count <= last) {
        nodes.push_back(node);
    } else {
        append_nodes_within(node.left(), first, last, nodes);
        append_nodes_within(node.right(), first, last, nodes);
    }
}

/// to = to + more, over `count` numbers.
template <class T>
void add_numbers(T* to, const T* more, size_t count) {
    simd::for_each<T>(count, [&](auto at) { at.store(to, at.load(to) + at.load(more)); });
}

/// Adds up the gradients of all shards over the processes of a group, each of which computes those of some
/// consecutive shards. The tree of sums is the same whatever their number, and so are the bits.
template <class T>
class shard_sum {
  public:
    /// Takes all memory: for `shards` gradients of `size` numbers each.
    shard_sum(process_group ranks, size_t shards, size_t size)
        : ranks_(std::move(ranks)), shards_(shards), size_(size), nodes_(ranks_.size()) {
        for (size_t r = 0; r < ranks_.size(); ++r)
            append_nodes_within({0, shards}, ranks_.first_of(shards, r), ranks_.first_of(shards, r + 1),
                                nodes_[r]);
        const auto numbers = [size](size_t rows) {
            return matrix<T>(std::array<size_t, 2>{rows, size}, T(0));
        };
        scratch_ = numbers(static_cast<size_t>(std::bit_width(shards - 1)));
        if (ranks_.alone()) return;
        partial_ = numbers(own_nodes().size());
        const size_t me = ranks_.rank(), mine = slice(me + 1) - slice(me);
        size_t received = 0;
        for (size_t r = 0; r < ranks_.size(); ++r) {
            to_.push_back(own_nodes().size() * (slice(r + 1) - slice(r)));
            from_.push_back(nodes_[r].size() * mine);
            slices_.push_back(slice(r + 1) - slice(r));
            received += from_.back();
        }
        if (own_nodes().size() > 1) out_.resize(own_nodes().size() * size);
        in_.resize(received);
    }

    /// The first shard of this process, and the one after its last.
    [[nodiscard]] size_t first() const { return ranks_.first_of(shards_, ranks_.rank()); }
    [[nodiscard]] size_t last() const { return ranks_.first_of(shards_, ranks_.rank() + 1); }

    /// Adds up numbers begin, ..., end - 1 of this process's shards: add(shard, gradient) adds those of one
    /// shard to an array laid out like the gradient. `total` (size), all zero, receives them where there is
    /// no other process. Several threads may call it for ranges that do not overlap.
    template <class Add>
    void add_up(size_t begin, size_t end, std::span<T> total, const Add& add) {
        if (ranks_.alone()) return add_node({0, shards_}, total.data(), begin, end, 0, add);
        for (size_t k = 0; k < own_nodes().size(); ++k) {
            std::fill(&partial_(k, 0) + begin, &partial_(k, 0) + end, T(0));
            add_node(own_nodes()[k], &partial_(k, 0), begin, end, 0, add);
        }
    }

    /// The sum over all processes, in `total` of each. To be called by all of them.
    void combine(std::span<T> total) {
        if (ranks_.alone()) return;
        ranks_.exchange(slices_of_parts(), to_, std::span<T>(in_), from_);
        const size_t me = ranks_.rank();
        const auto mine = total.subspan(slice(me), slice(me + 1) - slice(me));
        gather({0, shards_}, mine, 0);
        ranks_.all_gather(std::span<const T>(mine), total, slices_);
    }

  private:
    [[nodiscard]] const std::vector<shard_node>& own_nodes() const { return nodes_[ranks_.rank()]; }
    /// Where the numbers begin of which rank r makes the sum over all processes.
    [[nodiscard]] size_t slice(size_t r) const { return ranks_.first_of(size_, r); }

    /// out = the sum of a node's shards; `out` is zero there.
    template <class Add>
    void add_node(shard_node node, T* out, size_t begin, size_t end, size_t depth, const Add& add) {
        if (node.count == 1) return add(node.first, out);
        T* const other = &scratch_(depth, 0);
        add_node(node.left(), out, begin, end, depth + 1, add);
        std::fill(other + begin, other + end, T(0));
        add_node(node.right(), other, begin, end, depth + 1, add);
        add_numbers(out + begin, other + begin, end - begin);
    }
    /// The partial sums of this process in the order in which they are sent: of each slice, all of them.
    [[nodiscard]] std::span<const T> slices_of_parts() {
        if (own_nodes().size() < 2) return {partial_.data(), partial_.size()};  // one lies in that order
        T* put = out_.data();
        for (size_t r = 0; r < ranks_.size(); ++r)
            for (size_t k = 0; k < own_nodes().size(); ++k)
                put = std::copy(&partial_(k, 0) + slice(r), &partial_(k, 0) + slice(r + 1), put);
        return out_;
    }
    /// The sum of a node's shards in this process's slice, where one process has it: a part of what was
    /// received; empty elsewhere.
    [[nodiscard]] std::span<const T> received(shard_node node, size_t count) const {
        std::span<const T> rest(in_);
        for (const auto& nodes : nodes_)
            for (const shard_node& done : nodes) {
                if (done == node) return rest.first(count);
                rest = rest.subspan(count);
            }
        return {};
    }
    /// out = the sum of a node's shards in this process's slice, from what was received.
    void gather(shard_node node, std::span<T> out, size_t depth) {
        if (const auto whole = received(node, out.size()); !whole.empty() || out.empty()) {
            std::ranges::copy(whole, out.begin());
            return;
        }
        gather(node.left(), out, depth + 1);
        auto more = received(node.right(), out.size());
        if (more.empty()) {
            const std::span<T> other(&scratch_(depth, 0), out.size());
            gather(node.right(), other, depth + 1);
            more = other;
        }
        add_numbers(out.data(), more.data(), out.size());
    }

    process_group ranks_;
    size_t shards_, size_;
    std::vector<std::vector<shard_node>> nodes_;  ///< of each process
    matrix<T> scratch_;                           ///< a gradient a depth of the tree
    matrix<T> partial_;                           ///< a gradient a node of this process
    std::vector<size_t> to_, from_, slices_;
    std::vector<T> out_, in_;
};

}  // namespace engram::detail
