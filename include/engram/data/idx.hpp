/// @file
/// IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST.
/// Format: http://yann.lecun.com/exdb/mnist
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/data/find.hpp"
#include "engram/data/image_set.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/inflate.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

namespace detail {

/// An IDX file whose header has been read, and nothing behind it. Refers to the content.
class idx_file {
  public:
    /// Reads the header; gzip is told by the content's first bytes. Throws file_error.
    idx_file(byte_span content, std::string source)
        : content_(content),
          zipped_(content.size() >= 2 && content[0] == 0x1f && content[1] == 0x8b),
          array_{.type = element_type::u8, .shape = {}, .data = {}, .origin = std::move(source)} {
        byte_reader magic(first(4), array_.origin);
        const std::uint32_t word = magic.big("the magic number");
        require<file_error>(word >> 16 == 0, array_.origin, ": found the magic number ", word,
                            ", expected 2049 or 2051");
        require<file_error>((word >> 8 & 255) == 8, array_.origin, ": found elements of type ",
                            word >> 8 & 255, " at byte 2, expected 8 (bytes)");
        const std::size_t axes = word & 255;
        start_ = 4 + 4 * axes;
        byte_reader header(first(start_), array_.origin);
        header.take(4, "the magic number");
        for (std::size_t axis = 0; axis < axes; ++axis) array_.shape.push_back(header.big("an extent"));
        size_ = checked_size(array_.shape, 1, array_.origin);
        require<file_error>(size_ / largest_expansion <= content.size(), array_.origin, ": found extents ",
                            shape_text(array_.shape), ", impossible for a file of ", content.size(),
                            " bytes");
    }

    /// What the header promises: an array without its data.
    [[nodiscard]] const stored_array& promised() const { return array_; }
    /// The array. Throws file_error if the data are not what the header promises.
    [[nodiscard]] stored_array read() {
        byte_reader whole(zipped_ ? first(start_ + size_ + 1) : content_, array_.origin);
        whole.take(start_, "the header");
        const byte_span data = whole.take(size_, "the data of shape " + shape_text(array_.shape));
        whole.expect_end();
        array_.data.assign(data.begin(), data.end());
        return std::move(array_);
    }

  private:
    /// The first `count` bytes, unpacked no further than that.
    byte_span first(std::uint64_t count) {
        if (!zipped_)
            return content_.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, content_.size())));
        return unzipped_ = inflate(content_, count, compression::gzip, array_.origin);
    }

    byte_span content_;
    bool zipped_;
    stored_array array_;
    bytes unzipped_;
    std::uint64_t size_ = 0;
    std::size_t start_ = 0;
};

}  // namespace detail

/// The array of bytes in the content of an IDX file called `source`; gzip is told by its first bytes.
/// Throws file_error on anything else, also on another shape than one that is expected, naming the place and
/// what was expected.
inline stored_array parse_idx(byte_span content, const std::string& source,
                              const std::optional<std::vector<std::size_t>>& shape = {}) {
    detail::idx_file file(content, source);
    if (shape) file.promised().expect_shape(*shape);
    return file.read();
}

/// Reads an IDX file, of a shape that may be given. Throws file_error.
inline stored_array read_idx(const std::filesystem::path& path,
                             const std::optional<std::vector<std::size_t>>& shape = {}) {
    return parse_idx(read_file(path), path.string(), shape);
}

/// The images (n x h x w) and their labels (n) from two IDX files; classes are counted from `first_label`,
/// which is 1 for EMNIST's letters. Throws file_error if they do not fit together or a label is none of the
/// `classes`.
inline labelled_images read_idx_images(const std::filesystem::path& images,
                                       const std::filesystem::path& labels, std::size_t height,
                                       std::size_t width, std::size_t classes, std::size_t first_label = 0) {
    const bytes label_bytes = read_file(labels), image_bytes = read_file(images);
    detail::idx_file label_file(label_bytes, labels.string()), image_file(image_bytes, images.string());
    const std::vector<std::size_t> shape = label_file.promised().shape;
    require<file_error>(shape.size() == 1, labels.string(), ": found shape ", shape_text(shape),
                        ", expected one axis of labels");
    // The headers have to agree before either is believed: a small file can unpack to any number of labels.
    image_file.promised().expect_shape({shape[0], height, width});
    const stored_array numbers = label_file.read();
    labelled_images result{matrix<std::uint8_t>(), numbers.values<std::size_t>()};
    const bool from_one = first_label == 0 && std::ranges::find(result.labels, 0u) == result.labels.end();
    for (std::size_t i = 0; i < result.labels.size(); ++i) {
        const std::size_t label = result.labels[i];
        require<file_error>(
            label >= first_label &&
                    label - first_label<classes, numbers.origin, ": at byte ", 8 + i, ": found label ", label,
                                        ", expected one ", first_label> 0
                ? detail::concatenate("from ", first_label, " to ", first_label + classes - 1)
                : detail::concatenate("below ", classes),
            from_one ? " (labels that begin at 1 need first_label = 1)" : "");
        result.labels[i] = label - first_label;
    }
    const stored_array pixels = image_file.read();
    result.pixels.resize({shape[0], height * width});
    std::ranges::copy(pixels.data, result.pixels.data());
    return result;
}

namespace detail {

/// The file of images or labels of a part as it lies about: with a dash or a dot before idx, gzipped or not,
/// or in a folder of its own name.
inline std::filesystem::path find_idx(const std::filesystem::path& place, const std::string& part,
                                      const std::string& kind) {
    std::error_code ignored;
    std::filesystem::path first;
    for (const char* separator : {"-", "."})
        for (const char* ending : {"", ".gz"}) {
            const std::string name = concatenate(part, separator, kind, ending);
            auto path = place / name;
            if (first.empty()) first = path;
            if (std::filesystem::is_directory(path, ignored)) {
                for (const auto& entry : std::filesystem::directory_iterator(path, ignored))
                    if (const auto inner = entry.path().filename().string(); inner.starts_with(part) &&
                                                                             inner.find(kind) != inner.npos &&
                                                                             entry.is_regular_file(ignored))
                        return entry.path();
            } else if (std::filesystem::exists(path, ignored)) {
                return path;
            }
        }
    return first;  // which is not there: reading it says so
}

/// The four files that MNIST and its likes consist of.
inline image_set read_mnist_like(const std::string& name, const std::filesystem::path& folder) {
    const auto place = find_data(name, "train-images-idx3-ubyte", folder, {"train-images.idx3-ubyte"});
    const auto part = [&](const std::string& prefix) {
        return read_idx_images(find_idx(place, prefix + "-images", "idx3-ubyte"),
                               find_idx(place, prefix + "-labels", "idx1-ubyte"), 28, 28, 10);
    };
    return image_set_in(place.string(), part("train"), part("t10k"),
                        {.name = name, .classes = 10, .height = 28, .width = 28});
}

}  // namespace detail

/// MNIST, 60,000 training and 10,000 held-out handwritten digits of 28x28 pixels (LeCun, Cortes, Burges),
/// found as find_data says. Throws file_error.
inline image_set mnist(const std::filesystem::path& folder = {}) {
    return detail::read_mnist_like("mnist", folder);
}

/// Fashion-MNIST, 60,000 training and 10,000 held-out pictures of clothes of 28x28 pixels (Xiao, Rasul,
/// Vollgraf 2017, arXiv:1708.07747), found as find_data says. Throws file_error.
inline image_set fashion_mnist(const std::filesystem::path& folder = {}) {
    return detail::read_mnist_like("fashion-mnist", folder);
}

}  // namespace engram
