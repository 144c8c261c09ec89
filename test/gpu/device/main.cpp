/// gpu_device_check SECTION [--stand-in] [--device N] [--code FILE] [--model FILE]: one section of what
/// gpu/verify_on_device.sh shows. Its last line is the finding. Exits with 0 (passed), 1 (failed) or 4 (not
/// run: what was missing).
#include "test/gpu/device/sections.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace {

using namespace hawser;

constexpr int not_run = 4;

struct section {
  std::string_view name;
  std::string (*run)(const test::subject&);
};

constexpr section sections[] = {
    {"device", [](const test::subject& on) { return on.name; }},
    {"kernels", test::check_kernels},
    {"bridge", test::check_bridge},
    {"tokens", test::check_tokens},
    {"speed", test::measure_speed},
};

int usage() {
  std::cerr
      << "usage: gpu_device_check device|kernels|bridge|tokens|speed [--stand-in] [--device N] [--code FILE] "
         "[--model FILE]\n";
  return 2;
}

int run(const section& what, const test::subject_wish& wish) {
  try {
    std::cout << what.run(test::open_subject(wish)) << std::endl;
    return 0;
  } catch (const test::not_there& e) {
    std::cout << e.why << std::endl;
    return not_run;
  } catch (const test::failed& e) {
    std::cout << e.what << std::endl;
  } catch (const std::exception& e) {
    std::cout << e.what() << std::endl;
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return usage();
  test::subject_wish wish;
  for (int i = 2; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--stand-in") {
      wish.stand_in = true;
      continue;
    }
    if (i + 1 == argc) return usage();
    const char* const value = argv[++i];
    if (flag == "--device")
      wish.device = std::atoi(value);
    else if (flag == "--code")
      wish.code = value;
    else if (flag == "--model")
      wish.model = value;
    else
      return usage();
  }
  for (const section& each : sections)
    if (each.name == argv[1]) return run(each, wish);
  return usage();
}
