/// @file
/// The files that torch.save writes, .pt and .pth: tensors in dictionaries or in modules. A zip archive holds
/// a pickle, which is read without executing anything, and the tensors' bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/detail/pickle.hpp"
#include "engram/io/detail/pytorch_storages.hpp"
#include "engram/io/detail/zip.hpp"
#include "engram/io/named_arrays.hpp"

namespace engram {

namespace detail {

/// Reads the tensors of a file.
class pytorch_file {
  public:
    pytorch_file(byte_span content, const std::string& source)
        : archive_(content, source, "a file of torch.save"),
          pickle_bytes_(read_pickle()),
          storages_(archive_, folder_),
          pickle_(pickle_bytes_, source + ": pickle"),
          arrays_(source),
          bytes_left_(16 * std::uint64_t{content.size()} + (std::uint64_t{1} << 26)) {
        collect(pickle_.root(), "", 0);
        const pickle_value& root = pickle_[pickle_.root()];
        require<file_error>(arrays_.size() > 0 || root.kind == pickle_kind::dictionary, source, ": found ",
                            name_of(root),
                            ", expected a state dict or a module with tensors; "
                            "nothing of it was executed");
    }
    [[nodiscard]] named_arrays take() { return std::move(arrays_); }

  private:
    /// The pickle's bytes; the folder that it is in holds all else.
    bytes read_pickle() {
        for (const auto& member : archive_.members())
            if (member.name.ends_with("/data.pkl") || member.name == "data.pkl") {
                folder_ = member.name.substr(0, member.name.size() - 8);
                require<file_error>(member.size < largest_pickle, archive_.where(member), ": found ",
                                    member.size, " bytes of a pickle, expected fewer than ", largest_pickle);
                return archive_.read(member);
            }
        throw file_error(archive_.source() + ": found no member 'data.pkl', expected a file of torch.save");
    }
    [[nodiscard]] static std::string name_of(const pickle_value& value) {
        if (value.kind == pickle_kind::call) return "what " + in_quotes(value.text) + " would make";
        if (value.kind == pickle_kind::object) return "an object of the class " + in_quotes(value.text);
        return "no tensors";
    }

    /// Adds the tensors of a dictionary, list or module; their names are the keys, joined by dots.
    void collect(std::size_t index, const std::string& name, std::size_t depth) {
        require<file_error>(depth < 64 && ++visits_ < 1000000, archive_.source(),
                            ": the pickle nests too deeply, or without end");
        const pickle_value& value = pickle_[index];
        const auto inner = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
        switch (value.kind) {
            case pickle_kind::dictionary:
                for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
                    const pickle_value& key = pickle_[value.items[i]];
                    if (key.kind == pickle_kind::text || key.kind == pickle_kind::number)
                        collect(value.items[i + 1],
                                inner(key.kind == pickle_kind::text ? key.text : std::to_string(key.number)),
                                depth + 1);
                }
                return;
            case pickle_kind::sequence:
                for (std::size_t i = 0; i < value.items.size(); ++i)
                    collect(value.items[i], inner(std::to_string(i)), depth + 1);
                return;
            case pickle_kind::object:
                return collect_module(value, name, depth);
            case pickle_kind::call:
                if (!name.empty()) add(name, tensor(value, depth));
                return;
            default:
                return;
        }
    }
    /// A module keeps its tensors in dictionaries of their own; a scripted one among its attributes, of which
    /// those that begin with an underscore are PyTorch's own.
    void collect_module(const pickle_value& object, const std::string& name, std::size_t depth) {
        if (object.items.empty()) return;
        const pickle_value& state = pickle_[object.items[0]];
        constexpr auto none = static_cast<std::size_t>(-1);
        bool plain = false;
        for (const char* part : {"_parameters", "_buffers", "_modules"}) {
            const std::size_t found = pickle_.find(state, part, none);
            if (found == none) continue;
            plain = true;
            collect(found, name, depth + 1);
        }
        for (std::size_t i = 0; !plain && i + 1 < state.items.size(); i += 2) {
            const std::string& key = pickle_[state.items[i]].text;
            if (!key.starts_with('_'))
                collect(state.items[i + 1], name.empty() ? key : concatenate(name, '.', key), depth + 1);
        }
    }
    void add(const std::string& name, stored_array array) {
        require<file_error>(array.data.size() <= bytes_left_, archive_.source(),
                            ": its tensors are many times larger than the file");
        bytes_left_ -= array.data.size();
        arrays_.add(name, std::move(array));
    }

    /// The tensor that a call makes, or an array without data that bears the name of what is called instead.
    stored_array tensor(const pickle_value& call, std::size_t depth) {
        if (call.text.starts_with("torch._utils._rebuild_parameter") && !call.items.empty() && depth < 64 &&
            pickle_[call.items[0]].kind == pickle_kind::call)
            return tensor(pickle_[call.items[0]], depth + 1);
        stored_array array{.type = element_type::other, .shape = {}, .data = {}, .foreign_type = call.text};
        const bool third = call.text == "torch._utils._rebuild_tensor_v3";
        if ((!third && call.text != "torch._utils._rebuild_tensor_v2") ||
            call.items.size() < (third ? 7u : 4u))
            return array;
        const pickle_value& reference = pickle_[call.items[0]];
        storages_.expect(reference.kind == pickle_kind::reference, "a storage");
        const pickle_value& storage =
            pickle_[reference.items[0]];  // ('storage', class, key, place, elements)
        storages_.expect(storage.items.size() >= 5, "a storage");
        const std::string global = pickle_[third ? call.items[6] : storage.items[1]].text;
        array.shape = extents(call.items[2]);
        const std::vector<std::size_t> strides = extents(call.items[3]);
        storages_.expect(strides.size() == array.shape.size(), "a stride for each axis");
        array.type = pytorch_type(global);
        array.foreign_type = array.type == element_type::other ? global : "";
        if (array.type != element_type::other)
            storages_.copy_to(array, whole(call.items[1]), strides, pickle_[storage.items[2]].text);
        return array;
    }
    [[nodiscard]] std::size_t whole(std::size_t index) const {
        const pickle_value& value = pickle_[index];
        storages_.expect(value.kind == pickle_kind::number && value.number >= 0, "a whole number");
        return static_cast<std::size_t>(value.number);
    }
    [[nodiscard]] std::vector<std::size_t> extents(std::size_t index) const {
        const auto& items = pickle_[index].items;
        storages_.expect(items.size() <= 64, "at most 64 axes");
        std::vector<std::size_t> result;
        result.reserve(items.size());
        for (const std::size_t item : items) result.push_back(whole(item));
        return result;
    }
    static constexpr std::uint64_t largest_pickle = std::uint64_t{1} << 24;

    zip_archive archive_;
    std::string folder_;
    bytes pickle_bytes_;
    pytorch_storages storages_;
    pickle_reader pickle_;
    named_arrays arrays_;
    std::uint64_t bytes_left_;
    std::size_t visits_ = 0;
};

/// Throws file_error if the content is that of a file which PyTorch wrote before its version 1.6.
inline void refuse_old_pytorch_file(byte_span content, const std::string& source) {
    static constexpr std::array<std::uint8_t, 6> magic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc};
    require<file_error>(
        content.size() < magic.size() || !std::equal(magic.begin(), magic.end(), content.begin()), source,
        ": found the format that PyTorch wrote before version 1.6");
}

}  // namespace detail

/// The tensors in the content of a file called `source` that torch.save wrote: of a state dict, of
/// dictionaries and lists that hold some, named by their keys joined with dots, or of a module, named as in
/// its state dict. Nothing of the pickle is executed. What is made by a function other than PyTorch's own for
/// plain tensors is listed as an array of `other` elements under that function's name; other values are
/// passed over. Throws file_error on anything else.
inline named_arrays parse_pytorch_file(byte_span content, const std::string& source) {
    detail::refuse_old_pytorch_file(content, source);
    return detail::pytorch_file(content, source).take();
}

/// Reads a .pt or .pth file. Throws file_error, which says how to convert the file in Python.
inline named_arrays read_pytorch_file(const std::filesystem::path& path) {
    const bytes content = read_file(path);
    try {
        return parse_pytorch_file(content, path.string());
    } catch (const file_error& e) {
        const std::string name = path.filename().string();
        throw file_error(detail::concatenate(
            e.what(), "\nIn Python: import torch, safetensors.torch as s; s.save_file(torch.load('", name,
            "', weights_only=False).state_dict(), '", path.stem().string(),
            ".safetensors')\n(without .state_dict() if that is what the file holds)"));
    }
}

}  // namespace engram
