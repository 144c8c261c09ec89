#include "cli/claims/finding.hpp"

namespace hawser::cli {

boost::json::object json_of(const finding& of, std::string_view what, std::string_view guide) {
  return {{what, of.what},   {"ours", of.ours},     {guide, of.guide},     {"at_least", of.at_least},
          {"unit", of.unit}, {"pass", of.passes()}, {"figures", of.detail}};
}

}  // namespace hawser::cli
