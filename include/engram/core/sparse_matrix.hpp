/// @file
/// A matrix of which only some entries are kept.
#pragma once

#include "engram/core/tensor.hpp"

#include <utility>
#include <vector>

namespace engram {

/// A matrix (rows x columns) of which most entries are zero, kept row after row: compressed sparse rows, in
/// which `starts`, `columns` and `values` are SciPy's indptr, indices and data.
template <class T>
class sparse_matrix {
  public:
    /// The type of an entry.
    using value_type = T;

    /// Takes the entries of row i from positions starts[i] to starts[i + 1]: value values[k] in column
    /// columns[k], in any order, what stands twice being added. Throws shape_error or value_error unless the
    /// starts rise from 0 to the number of values, there are as many column numbers, and each is below
    /// `width`, the number of columns.
    sparse_matrix(size_t width, std::vector<size_t> starts, std::vector<size_t> columns,
                  std::vector<T> values)
        : width_(width),
          starts_(std::move(starts)),
          columns_(std::move(columns)),
          values_(std::move(values)) {
        require<shape_error>(!starts_.empty() && starts_.front() == 0 && starts_.back() == values_.size(),
                             "sparse_matrix: starts from ", starts_.empty() ? 0 : starts_.front(), " to ",
                             starts_.empty() ? 0 : starts_.back(), ", expected from 0 to ", values_.size(),
                             ", the number of values");
        require<shape_error>(columns_.size() == values_.size(), "sparse_matrix: ", columns_.size(),
                             " column numbers for ", values_.size(), " values");
        for (size_t i = 0; i < rows(); ++i)
            require(starts_[i] <= starts_[i + 1], "sparse_matrix: row ", i, " starts at ", starts_[i],
                    ", behind its end ", starts_[i + 1]);
        for (size_t k = 0; k < columns_.size(); ++k)
            require(columns_[k] < width_, "sparse_matrix: entry ", k, " is in column ", columns_[k], " of ",
                    width_);
    }

    /// How many rows it has.
    [[nodiscard]] size_t rows() const { return starts_.size() - 1; }
    /// How many columns it has.
    [[nodiscard]] size_t columns() const { return width_; }
    /// The entries that are kept, row after row.
    [[nodiscard]] const std::vector<T>& values() const { return values_; }

    /// Calls use(column, value) for each entry that is kept of row i.
    template <class Use>
    void for_row(size_t i, Use&& use) const {
        for (size_t k = starts_[i]; k < starts_[i + 1]; ++k) use(columns_[k], values_[k]);
    }

  private:
    size_t width_;
    std::vector<size_t> starts_, columns_;
    std::vector<T> values_;
};

}  // namespace engram
