#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engram/data/cifar10.hpp"
#include "engram/data/find.hpp"
#include "engram/data/idx.hpp"
#include "engram/io/atomic_file.hpp"
#include "reference/byte_strings.hpp"
#include "reference/messages.hpp"
#include "reference/scratch_folder.hpp"

#ifndef ENGRAM_TEST_DIR
#define ENGRAM_TEST_DIR "tests"
#endif

using namespace engram;
using reference::message;
using reference::scratch_folder;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string corpus(const std::string& file) { return ENGRAM_TEST_DIR "/fuzz/corpus/idx/" + file; }

/// The content of an IDX file of bytes: extents, then data, which counts from 0.
bytes idx(const std::vector<std::uint32_t>& shape, std::size_t size, std::uint8_t type = 8) {
    bytes content{0, 0, type, static_cast<std::uint8_t>(shape.size())};
    for (const std::uint32_t extent : shape)
        for (int shift = 24; shift >= 0; shift -= 8)
            content.push_back(static_cast<std::uint8_t>(extent >> shift));
    for (std::size_t i = 0; i < size; ++i) content.push_back(static_cast<std::uint8_t>(i));
    return content;
}

/// A small data set in MNIST's four files: twenty images a part, the labels in turn.
void write_mnist(const std::filesystem::path& place) {
    std::filesystem::create_directories(place);
    bytes labels = idx({20}, 20);
    for (std::size_t i = 0; i < 20; ++i) labels[8 + i] = static_cast<std::uint8_t>(i % 10);
    for (const std::string part : {"train", "t10k"}) {
        write_file(place / (part + "-images-idx3-ubyte"),
                   byte_span(idx({20, 28, 28}, std::size_t{20} * 784)));
        write_file(place / (part + "-labels-idx1-ubyte"), byte_span(labels));
    }
}

/// A CIFAR-10 file of ten images: image i has label i and pixels of value 10 i + first.
bytes cifar(int first) {
    bytes content;
    for (int i = 0; i < 10; ++i) {
        content.push_back(static_cast<std::uint8_t>(i));
        content.insert(content.end(), 3072, static_cast<std::uint8_t>(10 * i + first));
    }
    return content;
}

/// Sets an environment variable, or removes it, and puts it back.
class environment {
  public:
    environment(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        value == nullptr ? unsetenv(name) : setenv(name, value, 1);
    }
    ~environment() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

  private:
    const char* name_;
    std::string before_;
};

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("idx: plain and gzipped files hold the same array") {
    for (const char* ending : {"", ".gz"}) {
        const stored_array images = read_idx(corpus(std::string("images") + ending));
        CHECK(images.shape == std::vector<std::size_t>{2, 3, 4});
        for (std::size_t i = 0; i < 24; ++i) CHECK(images.data[i] == i);
        CHECK(read_idx(corpus(std::string("labels") + ending)).values<int>() ==
              std::vector<int>{0, 1, 2, 1, 9});
    }
}

TEST_CASE("idx: bad files are refused with file, place, what was found and what was expected") {
    const auto refused = [](const bytes& content) { return message([&] { parse_idx(content, "f"); }); };
    CHECK(refused({}) == "f: at byte 0: the magic number needs 4 bytes, but the file has 0 left");
    CHECK(refused({'P', 'K', 3, 4}) == "f: found the magic number 1347093252, expected 2049 or 2051");
    CHECK(refused(idx({3}, 3, 13)) == "f: found elements of type 13 at byte 2, expected 8 (bytes)");
    CHECK(refused(idx({3}, 2)) ==
          "f: at byte 8: the data of shape (3) needs 3 bytes, but the file has 2 left");
    CHECK(refused(idx({3}, 4)) == "f: at byte 11: found 1 bytes more than the file says it has");
    CHECK(refused(idx({3, 3}, 0)).find("needs 9 bytes") != std::string::npos);
    CHECK(refused({0, 0, 8, 2, 0, 0}) == "f: at byte 4: an extent needs 4 bytes, but the file has 2 left");
    CHECK(holds(refused(idx({65536, 65536, 65536, 65536}, 0)), "multiply to more than 2^64 bytes"));
    CHECK(refused(idx({65536, 65536}, 0)) ==
          "f: found extents (65536 x 65536), impossible for a file of 12 bytes");
    CHECK(refused(idx({}, 1)) == "no error");  // a single byte
}

TEST_CASE("idx: a gzip bomb is unpacked no further than its header promises") {
    // A megabyte of zeros under a header of ten labels.
    CHECK(message([] { read_idx(corpus("bomb.gz")); }) ==
          corpus("bomb.gz") + ": at byte 18: found 1 bytes more than the file says it has");
    bytes zipped = read_file(corpus("labels.gz"));
    const auto refused = [&] { return message([&] { parse_idx(zipped, "f"); }); };
    zipped.push_back(1);
    CHECK(refused() == "f: found 1 bytes after the end of the compressed data");
    zipped.resize(zipped.size() - 9);
    CHECK(holds(refused(), "f: compressed data is cut off after"));
    zipped = read_file(corpus("labels.gz"));
    zipped[zipped.size() - 6] ^= 1;  // its checksum
    CHECK(holds(refused(), "incorrect data check"));
    zipped = read_file(corpus("labels.gz"));
    zipped[10] = 0xff;
    CHECK(holds(refused(), "f: damaged compressed data near byte"));
}

TEST_CASE("idx: images and labels that do not fit together are refused") {
    const scratch_folder here;
    write_mnist(here.path);
    const auto images = here.path / "train-images-idx3-ubyte", labels = here.path / "train-labels-idx1-ubyte";
    const auto refused = [&](std::size_t classes) {
        return message([&] { read_idx_images(images, labels, 28, 28, classes); });
    };
    CHECK(refused(10) == "no error");
    CHECK(refused(9) == labels.string() + ": at byte 17: found label 9, expected one below 9");
    write_file(labels, byte_span(idx({19}, 19)));
    CHECK(refused(256) == images.string() + ": found shape (20 x 28 x 28), expected (19 x 28 x 28)");
    write_file(labels, byte_span(idx({10, 2}, 20)));
    CHECK(refused(256) == labels.string() + ": found shape (10 x 2), expected one axis of labels");
}

TEST_CASE("idx: labels are unpacked only if their header promises as many as there are images") {
    const scratch_folder here;
    write_mnist(here.path);
    const auto images = here.path / "train-images-idx3-ubyte", labels = here.path / "train-labels-idx1-ubyte";
    // A gzip file whose first block, stored as it is, is a header of 2^30 labels and two of them, and whose
    // second cannot be unpacked: whoever tries says so.
    bytes zipped{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 10, 0, 0xf5, 0xff};
    reference::append(zipped, byte_span(idx({std::uint32_t{1} << 30}, 2)));
    zipped.resize(zipped.size() + (std::size_t{2} << 20), 0xff);
    write_file(labels, byte_span(zipped));
    CHECK(holds(message([&] { read_idx(labels); }), "damaged compressed data"));
    CHECK(message([&] { read_idx_images(images, labels, 28, 28, 10); }) ==
          images.string() + ": found shape (20 x 28 x 28), expected (1073741824 x 28 x 28)");
    // Images whose header agrees have to be possible for their file, too: a gzip file of 31 bytes holds at
    // most 32 kB.
    bytes promise{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 16, 0, 0xef, 0xff};
    reference::append(promise, byte_span(idx({std::uint32_t{1} << 30, 28, 28}, 0)));
    write_file(images, byte_span(promise));
    CHECK(message([&] { read_idx_images(images, labels, 28, 28, 10); }) ==
          images.string() + ": found extents (1073741824 x 28 x 28), impossible for a file of 31 bytes");
    // Images of another size are found out before the labels are read.
    write_file(images, byte_span(idx({20, 28, 29}, 0)));
    CHECK(holds(message([&] { read_idx_images(images, labels, 28, 28, 10); }), "found shape (20 x 28 x 29)"));
}

TEST_CASE("mnist is found as it lies about: a dot before idx, folders named like the files") {
    const scratch_folder here;
    const auto rename = [&](const std::string& from, const std::string& to) {
        std::filesystem::create_directories((here.path / to).parent_path());
        std::filesystem::rename(here.path / from, here.path / to);
    };
    write_mnist(here.path);
    for (const auto& entry : std::filesystem::directory_iterator(here.path)) {
        std::string name = entry.path().filename().string();
        const std::string before = name;
        rename(before, "dotted/" + name.replace(name.find("-idx"), 1, "."));
    }
    CHECK(mnist(here.path / "dotted").training().size() == 20);
    // As an archive unpacks that has each file in a folder of its name.
    for (const auto& entry : std::filesystem::directory_iterator(here.path / "dotted")) {
        const std::string name = entry.path().filename().string();
        std::string dashed = name;
        dashed.replace(dashed.find(".idx"), 1, "-");
        rename("dotted/" + name, "folders/" + dashed + "/" + name);
    }
    CHECK(mnist(here.path / "folders").training().size() == 20);
    std::filesystem::remove_all(here.path / "folders" / "t10k-labels-idx1-ubyte");
    CHECK(holds(message([&] { mnist(here.path / "folders"); }), "t10k-labels-idx1-ubyte: cannot be opened"));
}

TEST_CASE("labels that begin at 1 are counted from there") {
    const scratch_folder here;
    const bytes images = idx({2, 1, 1}, 2);
    bytes labels = idx({2}, 2);
    labels[8] = 1, labels[9] = 26;
    write_file(here.path / "i", byte_span(images));
    write_file(here.path / "l", byte_span(labels));
    const auto read = [&](std::size_t classes, std::size_t first) {
        return read_idx_images(here.path / "i", here.path / "l", 1, 1, classes, first);
    };
    CHECK(read(26, 1).labels == std::vector<std::size_t>{0, 25});
    CHECK(holds(message([&] { read(26, 0); }),
                "found label 26, expected one below 26 (labels that begin at 1 need first_label = 1)"));
    CHECK(holds(message([&] { read(25, 1); }), "found label 26, expected one from 1 to 25"));
    CHECK(holds(message([&] { read(26, 2); }), "found label 1, expected one from 2 to 27"));
}

TEST_CASE("mnist and fashion_mnist are the same four files in folders of their names") {
    const scratch_folder here;
    write_mnist(here.path / "mnist");
    const image_set set = mnist(here.path);
    CHECK(set.name() == "mnist");
    CHECK(set.training().size() == 20);
    CHECK(set.held_out().size() == 20);
    CHECK(set.classes() == 10);
    CHECK(set.height() == 28);
    CHECK(set.training().pixels()(1, 3) == (784 + 3) % 256);
    CHECK(mnist(here.path / "mnist").training().size() == 20);
    CHECK(
        holds(message([&] { fashion_mnist(here.path); }), "fashion-mnist: found no train-images-idx3-ubyte"));
    std::filesystem::rename(here.path / "mnist", here.path / "fashion-mnist");
    CHECK(fashion_mnist(here.path).name() == "fashion-mnist");
}

TEST_CASE("files without an image, or without any of a class, are refused by the name of their folder") {
    const scratch_folder here;
    write_mnist(here.path);
    const auto images = here.path / "t10k-images-idx3-ubyte", labels = here.path / "t10k-labels-idx1-ubyte";
    write_file(images, byte_span(idx({0, 28, 28}, 0)));
    write_file(labels, byte_span(idx({0}, 0)));
    CHECK(message([&] { mnist(here.path); }) ==
          here.path.string() +
              ": mnist: the held-out images are (0 x 784), expected at least one image of one pixel");
    write_file(images, byte_span(idx({9, 28, 28}, std::size_t{9} * 784)));
    write_file(labels, byte_span(idx({9}, 9)));
    CHECK(message([&] { mnist(here.path); }) ==
          here.path.string() + ": mnist: class 9 has no held-out image");
    bytes without = cifar(0);
    without[3073] = 0;
    write_file(here.path / "data_batch_1.bin", byte_span(without));
    write_file(here.path / "test_batch.bin", byte_span(cifar(0)));
    CHECK(message([&] { cifar10(here.path); }) ==
          here.path.string() + ": cifar-10: class 1 has no training image");
}

TEST_CASE("data is looked for in the folder named, in ENGRAM_DATA_DIR, and in the usual places") {
    const scratch_folder here;
    const std::string data = here.path / "data", home = here.path / "home", nowhere = here.path / "nowhere";
    environment data_dir("ENGRAM_DATA_DIR", data.c_str()), home_dir("HOME", home.c_str()),
        data_home("XDG_DATA_HOME", nullptr);
    const auto place = [] { return find_data("some-set", "file").string(); };
    CHECK(message(place) ==
          "some-set: found no file in any of\n  " + data + "/some-set\n  " + home +
              "/.local/share/engram/some-set\n  /usr/share/datasets/some-set\nName its folder, "
              "set ENGRAM_DATA_DIR, or run examples/get_data.sh");
    std::filesystem::create_directories(home + "/.local/share/engram/some-set");
    write_file(home + "/.local/share/engram/some-set/file.gz", "x");
    CHECK(place() == home + "/.local/share/engram/some-set");
    std::filesystem::create_directories(data + "/some-set");
    write_file(data + "/some-set/file", "x");
    CHECK(place() == data + "/some-set");
    // A folder that is named is the only one looked at.
    CHECK(find_data("some-set", "file", data) == data + "/some-set");
    CHECK(find_data("some-set", "file", data + "/some-set") == data + "/some-set");
    CHECK(holds(message([&] { find_data("some-set", "file", nowhere); }),
                nowhere + "/some-set\n  " + nowhere + "\n"));
    CHECK(!holds(message([&] { find_data("some-set", "file", nowhere); }), home));
    environment other("XDG_DATA_HOME", nowhere.c_str());
    std::filesystem::remove_all(data);
    CHECK(holds(message(place), nowhere + "/engram/some-set"));
}

TEST_CASE("cifar10: any number of training files is read, in the order of their names") {
    const scratch_folder here;
    write_file(here.path / "data_batch_2.bin", byte_span(cifar(2)));
    write_file(here.path / "data_batch_1.bin", byte_span(cifar(1)));
    write_file(here.path / "test_batch.bin", byte_span(cifar(5)));
    const image_set set = cifar10(here.path);
    CHECK(set.training().size() == 20);
    CHECK(set.held_out().size() == 10);
    CHECK(set.channels() == 3);
    CHECK(set.pixels() == 3072);
    CHECK(set.training().pixels()(3, 0) == 31);
    CHECK(set.training().pixels()(13, 3071) == 32);
    CHECK(set.training().labels()[13] == 3);
    std::filesystem::remove(here.path / "data_batch_1.bin");
    CHECK(cifar10(here.path).training().size() == 10);
    std::filesystem::remove(here.path / "data_batch_2.bin");
    CHECK(message([&] { cifar10(here.path); }) ==
          here.path.string() + ": found no data_batch_*.bin, expected at least one");
}

TEST_CASE("cifar10: bad files are refused with file, place, what was found and what was expected") {
    const auto refused = [](const bytes& content) {
        return message([&] { parse_cifar10({content}, {"f"}); });
    };
    bytes content = cifar(0);
    CHECK(refused(content) == "no error");
    content[3073] = 10;
    CHECK(refused(content) == "f: at byte 3073: found label 10, expected one below 10");
    content.push_back(0);
    CHECK(refused(content) == "f: found 30731 bytes, expected a multiple of 3073, one record an image");
    CHECK(refused({}) == "f: found 0 bytes, expected a multiple of 3073, one record an image");
    CHECK_THROWS_WITH_AS(parse_cifar10({content}, {}), "parse_cifar10: the contents of 1 files, but 0 names",
                         shape_error);
}

TEST_CASE("get_data.sh takes files from a folder or a file:// URL, checks them, and says what is wrong") {
    const scratch_folder here;
    const std::string from = here.path / "from here", to = here.path / "to";
    write_mnist(from);
    std::string told;
    const auto run = [&](const std::string& arguments) {
        const std::string output = here.path / "output";
        const int status = std::system(
            ("bash '" ENGRAM_TEST_DIR "/../examples/get_data.sh' " + arguments + " >" + output + " 2>&1")
                .c_str());
        const bytes text = read_file(output);
        told.assign(text.begin(), text.end());
        return WEXITSTATUS(status);
    };
    CHECK(run("") == 2);
    CHECK(run("imagenet") == 2);
    CHECK(told ==
          "get_data.sh: unknown data set imagenet, expected mnist, fashion-mnist or cifar-10; see --help\n");
    CHECK(run("mnist --form x") == 2);
    CHECK(run("mnist --from") == 2);
    CHECK(run("mnist --from http://localhost/") == 2);
    CHECK(run("mnist --from " + here.path.string() + "/nowhere --to " + to) == 1);
    const std::string arguments =
        "mnist --to " + to + " --from 'file://" + here.path.string() + "/from%20here'";
    CHECK(run(arguments) == 1);
    CHECK(holds(told, "train-images-idx3-ubyte.gz from " + from + " is not the published file"));
    CHECK(!std::filesystem::exists(to + "/mnist"));
    CHECK(run(arguments + " --unverified") == 0);
    CHECK(holds(told, "mnist is in " + to + "/mnist: 4 files taken, 0 were there"));
    CHECK(mnist(to).training().size() == 20);
    std::filesystem::remove(from + "/t10k-labels-idx1-ubyte");
    CHECK(run(arguments + " --unverified") == 1);
    CHECK(holds(told, "there is no t10k-labels-idx1-ubyte.gz in " + from));
}

// The numbers are those of Haviv, Rivkind, Barak, ICML 2019, for MNIST and CIFAR-10. (A case for each set, or
// one that is not there would have what is wrong with the others counted as skipped.)
static void check_statistics(image_set (*read)(const std::filesystem::path&), const char* name,
                             const char* file, double mean, double deviation, double tolerance) {
    if (std::getenv("ENGRAM_DATA_DIR") == nullptr) {
        MESSAGE("skipped: ENGRAM_DATA_DIR is not set");
        return;
    }
    try {
        find_data(name, file, {});
    } catch (const file_error& e) {
        MESSAGE("skipped: " << e.what());
        return;
    }
    const image_set set = read({});
    CHECK(set.held_out().size() == 10000);
    CHECK(set.training().size() % 10000 == 0);
    CHECK(std::abs(set.pixel_mean() - mean) < tolerance);
    CHECK(std::abs(set.pixel_deviation() - deviation) < tolerance);
}
TEST_CASE("MNIST has the size and the pixel statistics of its publication") {
    check_statistics(mnist, "mnist", "train-images-idx3-ubyte", 0.1307, 0.30816, 1e-4);
}
TEST_CASE("Fashion-MNIST has the size of its publication and the pixel statistics that are known of it") {
    check_statistics(fashion_mnist, "fashion-mnist", "train-images-idx3-ubyte", 0.2860, 0.3530, 1e-4);
}
TEST_CASE(
    "CIFAR-10, of which some files may be missing, has nearly the pixel statistics of its publication") {
    check_statistics(cifar10, "cifar-10-batches-bin", "test_batch.bin", 0.4734, 0.2517, 2e-3);
}
