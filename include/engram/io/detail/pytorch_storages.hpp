/// @file
/// The bytes of tensors in an archive that torch.save wrote.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/detail/zip.hpp"
#include "engram/io/stored_array.hpp"

namespace engram::detail {

/// The type of the elements that a class of torch's storages holds, or that a torch.dtype is.
inline element_type pytorch_type(std::string_view global) {
    static constexpr std::array<std::pair<std::string_view, element_type>, 16> names{{
        {"torch.BoolStorage", element_type::boolean},
        {"torch.ByteStorage", element_type::u8},
        {"torch.CharStorage", element_type::i8},
        {"torch.ShortStorage", element_type::i16},
        {"torch.IntStorage", element_type::i32},
        {"torch.LongStorage", element_type::i64},
        {"torch.HalfStorage", element_type::f16},
        {"torch.BFloat16Storage", element_type::bf16},
        {"torch.FloatStorage", element_type::f32},
        {"torch.DoubleStorage", element_type::f64},
        {"torch.ComplexFloatStorage", element_type::c64},
        {"torch.uint16", element_type::u16},
        {"torch.uint32", element_type::u32},
        {"torch.uint64", element_type::u64},
        {"torch.uint8", element_type::u8},
        {"torch.int8", element_type::i8},
    }};
    const auto* const found = std::ranges::find(names, global, [](const auto& name) { return name.first; });
    return found == names.end() ? element_type::other : found->second;
}

/// The storages of an archive, and the tensors that look into them. A storage is the member data/KEY of the
/// archive's folder.
class pytorch_storages {
  public:
    /// Refers to the archive; `folder` ends with a slash, or is empty.
    pytorch_storages(const zip_archive& archive, std::string folder)
        : archive_(archive), folder_(std::move(folder)) {
        if (const auto* order = find_member("byteorder")) {
            const bytes begin = archive_.begin_of(*order, 8);
            big_endian_ = std::string(begin.begin(), begin.end()) == "big";
        }
    }

    /// Copies the elements of a tensor of the array's type and shape out of its storage.
    void copy_to(stored_array& array, std::size_t offset, const std::vector<std::size_t>& strides,
                 const std::string& key) {
        const std::size_t element = describe(array.type).size;
        const std::uint64_t size = checked_size(array.shape, element, archive_.source());
        const bytes& storage = storage_of(key);
        if (size > storage.size()) {  // as torch.expand makes them
            array.type = element_type::other;
            array.foreign_type = "an expanded tensor";
            return;
        }
        if (size == 0) return;
        std::uint64_t last = offset;
        for (std::size_t axis = 0; axis < array.shape.size(); ++axis) {
            const std::uint64_t steps = array.shape[axis] - 1;
            expect(steps == 0 || strides[axis] <= storage.size() / steps, "elements within their storage");
            last += steps * strides[axis];
        }
        expect(offset < storage.size() && last < storage.size() / element, "elements within their storage");
        array.data.resize(static_cast<std::size_t>(size));
        std::vector<std::size_t> index(array.shape.size(), 0);
        std::size_t from = offset;
        for (std::size_t to = 0; to < array.data.size(); to += element) {
            std::copy_n(storage.data() + from * element, element, array.data.data() + to);
            for (std::size_t axis = index.size(); axis-- > 0;) {
                from += strides[axis];
                if (++index[axis] < array.shape[axis]) break;
                from -= array.shape[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        if (big_endian_) reverse_words(array.data, describe(array.type).word);
        settle_booleans(array.type, array.data);
    }
    /// Throws file_error unless the condition holds.
    void expect(bool condition, const char* what) const {
        require<file_error>(condition, archive_.source(), ": found a damaged tensor, expected ", what);
    }

  private:
    [[nodiscard]] const zip_member* find_member(const std::string& name) const {
        const auto found = std::ranges::find(archive_.members(), folder_ + name, &zip_member::name);
        return found == archive_.members().end() ? nullptr : &*found;
    }
    [[nodiscard]] const bytes& storage_of(const std::string& key) {
        const auto [entry, is_new] = storages_.try_emplace(key);
        if (is_new) {
            const auto* member = find_member("data/" + key);
            require<file_error>(member != nullptr, archive_.source(), ": found no member ",
                                in_quotes(folder_ + "data/" + key), ", expected a tensor's storage");
            entry->second = archive_.read(*member);
        }
        return entry->second;
    }

    const zip_archive& archive_;
    std::string folder_;
    std::map<std::string, bytes> storages_;
    bool big_endian_ = false;
};

}  // namespace engram::detail
