#include "cli/roofline_table.hpp"

#include "cli/text_table.hpp"

#include <boost/json/array.hpp>

#include <string_view>

namespace hawser::cli {

namespace {

std::string_view name_of(cpu::bound by) {
  switch (by) {
  case cpu::bound::int8:
    return "int8";
  case cpu::bound::bf16:
    return "bf16";
  case cpu::bound::f32:
    return "f32";
  case cpu::bound::memory:
    break;
  }
  return "memory";
}

std::string giga(double value) {
  return value > 0 ? print_number(value / 1e9, value < 10e9 ? 2 : 1) : "-";
}

}  // namespace

std::string print_roofline(const cpu::roofline& found) {
  const cpu::machine_limits& l = found.limits;
  text_table limits;
  limits.add_row(
      {"limit of " + std::to_string(found.threads) + (found.threads == 1 ? " thread" : " threads"), "G/s"});
  limits.add_row({"int8 multiply-adds", giga(l.int8)});
  limits.add_row({"bf16 multiply-adds", giga(l.bf16)});
  limits.add_row({"f32 multiply-adds", giga(l.f32)});
  limits.add_row({"bytes out of memory", giga(l.read_all)});
  limits.add_row({"bytes out of memory, one thread", giga(l.read_one)});
  text_table table;
  table.add_row({"kernel", "G multiply-adds", "MB", "ms", "G/s", "GB/s", "limit", "share %"});
  for (const cpu::roofline_row& row : found.rows) {
    table.add_row({row.kernel, print_number(row.multiply_adds / 1e9, 3), print_number(row.bytes / 1e6, 1),
                   print_number(row.seconds * 1e3, 3), giga(row.multiply_adds / row.seconds),
                   giga(row.bytes / row.seconds), std::string(name_of(row.by)),
                   print_number(100 * row.share, 1)});
  }
  return "kernels " + found.kernels + "\n\n" + limits.text() + "\n" + table.text();
}

boost::json::object roofline_json(const cpu::roofline& found) {
  boost::json::array rows;
  for (const cpu::roofline_row& row : found.rows) {
    rows.push_back({{"kernel", row.kernel},
                    {"multiply_adds", row.multiply_adds},
                    {"bytes", row.bytes},
                    {"seconds", row.seconds},
                    {"limit", name_of(row.by)},
                    {"share", row.share}});
  }
  return {{"kernels", found.kernels},
          {"threads", found.threads},
          {"limits",
           {{"int8_multiply_adds_per_second", found.limits.int8},
            {"bf16_multiply_adds_per_second", found.limits.bf16},
            {"f32_multiply_adds_per_second", found.limits.f32},
            {"read_bytes_per_second", found.limits.read_all},
            {"read_bytes_per_second_one_thread", found.limits.read_one}}},
          {"rows", rows}};
}

}  // namespace hawser::cli
