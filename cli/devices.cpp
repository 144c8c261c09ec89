#include "cli/commands.hpp"
#include "cli/text_table.hpp"
#include "cpu/core_count.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/topology.hpp"
#include "embed/memory_plan.hpp"
#include "gpu/library.hpp"
#include "gpu/math_libraries.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

struct devices_flags {
  bool json = false;
  std::string library;
};

struct cpu_facts {
  std::string kernels;
  unsigned cores = 0;
  std::uint64_t memory = 0;  // that this process may still take, bytes; 0: not known
};

cpu_facts look_at_cpu() {
  return {.kernels = std::string(cpu::runnable_sets().front().name),
          .cores = cpu::available_cores(cpu::this_machine()),
          .memory = embed::available_memory().value_or(0)};
}

boost::json::object gpu_json(const gpu::device_report& found, const std::string& library) {
  boost::json::object gpu{{"library", library}, {"problem", nullptr}};
  if (found.why != gpu::obstacle::none)
    gpu["problem"] = {{"kind", gpu::name_of(found.why)}, {"sentence", found.sentence}};
  gpu["driver"] =
      found.driver == 0 ? boost::json::value() : boost::json::value(gpu::print_version(found.driver));
  gpu["runtime"] =
      found.runtime == 0 ? boost::json::value() : boost::json::value(gpu::print_version(found.runtime));
  boost::json::array libraries;
  for (const gpu::math_library& l : gpu::find_math_libraries())
    libraries.push_back(
        {{"name", l.name},
         {"version", l.version.empty() ? boost::json::value() : boost::json::value(l.version)},
         {"sentence", l.sentence}});
  gpu["libraries"] = std::move(libraries);
  boost::json::array devices;
  for (const gpu::device_facts& d : found.devices)
    devices.push_back({{"index", d.index},
                       {"name", d.name},
                       {"compute", std::to_string(d.major) + "." + std::to_string(d.minor)},
                       {"multiprocessors", d.multiprocessors},
                       {"memory", d.memory},
                       {"free", d.free_memory}});
  gpu["devices"] = std::move(devices);
  boost::json::array passed_over;
  for (const std::string& sentence : found.passed_over) passed_over.emplace_back(sentence);
  gpu["passed_over"] = std::move(passed_over);
  return gpu;
}

void print_json(const cpu_facts& cpu, const gpu::device_report& found, const std::string& library) {
  const boost::json::object all{
      {"cpu", {{"kernels", cpu.kernels}, {"cores", cpu.cores}, {"memory", cpu.memory}}},
      {"gpu", gpu_json(found, library)}};
  std::cout << boost::json::serialize(all) << '\n';
}

void print_text(const cpu_facts& cpu, const gpu::device_report& found) {
  text_table table;
  table.add_row({"device", "what", "units", "memory", "free"});
  table.add_row({"cpu", cpu.kernels, std::to_string(cpu.cores), "-", print_bytes(cpu.memory)});
  for (const gpu::device_facts& d : found.devices)
    table.add_row({"gpu" + std::to_string(d.index),
                   printable(d.name) + ", compute " + std::to_string(d.major) + "." + std::to_string(d.minor),
                   std::to_string(d.multiprocessors), print_bytes(d.memory), print_bytes(d.free_memory)});
  std::cout << table.text();
  if (found.why != gpu::obstacle::none) std::cout << "\nNo GPU: " << printable(found.sentence) << ".\n";
  for (const std::string& sentence : found.passed_over)
    if (found.why == gpu::obstacle::none) std::cout << "\nPassed over: " << printable(sentence) << ".\n";
  if (found.why != gpu::obstacle::none) return;
  std::cout << "\nCUDA " << gpu::print_version(found.runtime) << ", driver for "
            << gpu::print_version(found.driver) << ".\n";
  for (const gpu::math_library& each : gpu::find_math_libraries())
    std::cout << printable(each.sentence) << ".\n";
}

exit_code devices(const devices_flags& flags) {
  const gpu::library library = gpu::library::load(flags.library);
  const gpu::device_report found = library.find();
  if (flags.json)
    print_json(look_at_cpu(), found, library.table() != nullptr ? library.file() : std::string());
  else
    print_text(look_at_cpu(), found);
  return exit_code::ok;
}

}  // namespace

void add_devices(const command_parser& app) {
  const auto command = app.add_command("devices", "Say what can compute here, and why something cannot");
  auto flags = std::make_shared<devices_flags>();
  command.add_flag("--json", flags->json, "One JSON object instead of text");
  command.add_option("--library", flags->library, "hawser's GPU library, libhawser_gpu.so").type_name("FILE");
  command.footer("\nIt exits with 0 whether there is a GPU or not: the CPU always serves.");
  command.run([flags] { return devices(*flags); });
}

}  // namespace hawser::cli
