#include "embed/model_identity.hpp"
#include "test/model/gguf_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace hawser::embed {
namespace {

struct recipe {
  std::string template_text = "{{ messages }}";
  std::string tensor = "weights";
  std::uint64_t rows = 1024;
  std::size_t changed = 1;  // the weight that differs
  std::byte to{0};
};

std::string identity_of(const recipe& how, const std::string& device = "cpu") {
  test::gguf_writer file;
  file.add_string("general.architecture", "llama");
  file.add_string("tokenizer.chat_template", how.template_text);
  std::vector<std::byte> data(std::size_t{256} * 1024);
  data[how.changed] = how.to;
  file.add_tensor(how.tensor, model::tensor_type::f32, {64, how.rows}, data);
  const auto bytes = file.finish();
  return model_identity(*model::gguf_file::parse(bytes, "memory").value(), device);
}

BOOST_AUTO_TEST_SUITE(model_identities)

BOOST_AUTO_TEST_CASE(the_same_model_is_itself_and_every_difference_is_another) {
  BOOST_TEST(identity_of({}) == identity_of({}));
  BOOST_TEST(identity_of({}).size() == 64u);
  const std::set<std::string> different{
      identity_of({}),
      identity_of({.template_text = "{{ message }}"}),
      identity_of({.tensor = "weight"}),
      identity_of({.changed = 3, .to = std::byte{1}}),
      identity_of({.changed = std::size_t{64} * 1024 + 5, .to = std::byte{1}}),
      identity_of({.changed = std::size_t{64} * 1024 + 6, .to = std::byte{1}}),
      identity_of({}, "cpu avx2"),
  };
  BOOST_TEST(different.size() == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
