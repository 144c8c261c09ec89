#include "model/template/argument_reader.hpp"

#include "model/template/operators.hpp"

#include <algorithm>

namespace hawser::model::jinja {

argument_reader::argument_reader(std::string_view function, const arguments& given,
                                 std::initializer_list<std::string_view> names)
    : function_(function), names_(names.begin(), names.end()), values_(names.size()) {
  if (given.positional.size() > names_.size()) {
    fail(function_ + "() takes at most " + std::to_string(names_.size()) + " arguments, found " +
         std::to_string(given.positional.size()));
  }
  for (std::size_t i = 0; i < given.positional.size(); ++i) values_[i] = given.positional[i];
  for (const auto& [name, v] : given.named) {
    const auto at = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
    if (at == names_.size()) fail(function_ + "() takes no argument named '" + name + "'");
    if (values_[at]) fail(function_ + "() got '" + name + "' twice");
    values_[at] = v;
  }
}

value argument_reader::need(std::size_t i) const {
  if (!values_[i]) fail(function_ + "() wants the argument '" + names_[i] + "'");
  return *values_[i];
}

std::string argument_reader::text_or(std::size_t i, std::string_view otherwise) const {
  if (!values_[i]) return std::string(otherwise);
  const text* t = values_[i]->as_text();
  if (t == nullptr) {
    fail(values_[i]->is_undefined()
             ? values_[i]->why()
             : function_ + "() wants a str as '" + names_[i] + "', found " + type_name(*values_[i]));
  }
  return t->bytes;
}

std::int64_t argument_reader::integer_or(std::size_t i, std::int64_t otherwise) const {
  if (!values_[i]) return otherwise;
  const auto n = integer_of(*values_[i]);
  if (!n) {
    fail(values_[i]->is_undefined()
             ? values_[i]->why()
             : function_ + "() wants an int as '" + names_[i] + "', found " + type_name(*values_[i]));
  }
  return *n;
}

}  // namespace hawser::model::jinja
