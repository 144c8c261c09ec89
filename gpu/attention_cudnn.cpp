#include "gpu/attention_cudnn.hpp"

#include "gpu/real_runtime.hpp"

#include <cudnn_frontend.h>

#include <utility>

namespace cudnn_frontend {
/// The library that the frontend takes cuDNN's functions from.
void* cudnn_dlhandle = nullptr;
}  // namespace cudnn_frontend

namespace hawser::gpu {
namespace {

namespace fe = cudnn_frontend;
namespace graphs = cudnn_frontend::graph;
using tensor = std::shared_ptr<graphs::Tensor_attributes>;

/// Of tensors: what a call names its pointers by.
enum tensor_id : std::int64_t {
  queries = 1,
  keys,
  values,
  output,
  query_lengths,
  key_lengths,
  key_pages,
  value_pages
};

model::result<int> load_cudnn() {
  const shared_library library({"libcudnn.so.9"});
  const auto version = reinterpret_cast<decltype(&cudnnGetVersion)>(library.symbol("cudnnGetVersion"));
  const auto missing = [](const std::string& found) {
    return model::error{
        model::errc::io,
        found + ", and hawser needs 9.8 or newer for attention by cuDNN: install cuDNN 9 "
                "(libcudnn9-cuda-13), or put the folder that holds it into LD_LIBRARY_PATH; until then "
                "its own kernels serve"};
  };
  if (!library) return missing("cuDNN cannot be loaded (" + library.error() + ")");
  if (version == nullptr) return missing("libcudnn.so.9 is no cuDNN (it lacks cudnnGetVersion)");
  const int number = static_cast<int>(version());
  if (number < least_cudnn) return missing("cuDNN is too old (version " + std::to_string(number) + ")");
  fe::cudnn_dlhandle = library.native();
  return number;
}

model::error unfit(const char* step, fe::error_t said) {
  std::string words = said.get_message();
  for (char& c : words)
    if (c == '\n') c = ' ';
  return {model::errc::unsupported,
          "cuDNN has no attention for this shape and device (" + std::string(step) + ": " + words + ")."};
}

/// What a device and a graph are told before anything else of them: a graph's nodes copy it.
fe::error_t introduce(graphs::Graph& graph, const cudnn_device& device) {
  auto properties = std::make_shared<fe::DeviceProperties>();
  const fe::error_t said = properties->deserialize({device.properties.begin(), device.properties.end()});
  if (said.is_good()) graph.set_device_properties(properties).set_sm_version(device.compute);
  return said;
}

tensor integers(graphs::Graph& graph, const char* name, tensor_id id, std::int64_t sequences,
                std::int64_t each) {
  return graph.tensor(graphs::Tensor_attributes()
                          .set_name(name)
                          .set_uid(id)
                          .set_dim({sequences, 1, each, 1})
                          .set_stride({each, each, 1, 1})
                          .set_data_type(fe::DataType_t::INT32));
}

/// Scores with soft cap. cuDNN takes no masks of its own beside a change of scores, so they are made here.
graphs::SDPA_attributes& cap_scores(graphs::SDPA_attributes& how, const attention_shape& s,
                                    const tensor& rows, const tensor& positions) {
  return how.set_score_mod([s, rows, positions](const std::shared_ptr<graphs::Graph>& graph, tensor score) {
    namespace change = graphs::attn::score_modifiers;
    score = change::Softcap().forward(graph, score, std::make_shared<graphs::Tensor_attributes>(s.soft_cap));
    score = change::padding_mask(graph, score, positions, rows);
    if (s.rows == 1 && s.window == 0) return score;
    const auto left = s.window != 0 ? std::optional<std::int64_t>(s.window) : std::nullopt;
    return change::sliding_window_mask(graph, score, fe::DiagonalAlignment_t::BOTTOM_RIGHT, left, 0, s.rows,
                                       s.positions(), rows, positions);
  });
}

void describe(graphs::Graph& graph, const attention_shape& s) {
  graph.set_io_data_type(fe::DataType_t::BFLOAT16)
      .set_intermediate_data_type(fe::DataType_t::FLOAT)
      .set_compute_data_type(fe::DataType_t::FLOAT);
  const std::int64_t dim = s.dim, width = s.heads * dim, head = s.page_tokens * dim;
  const std::vector<std::int64_t> row_shape{s.sequences, s.heads, s.rows, dim},
      row_strides{s.rows * width, dim, width, 1};
  const auto named = [&](const char* name, tensor_id id) {
    return graphs::Tensor_attributes().set_name(name).set_uid(id);
  };
  const tensor q = graph.tensor(named("queries", queries).set_dim(row_shape).set_stride(row_strides));
  const auto pages = [&](const char* name, tensor_id id) {
    return graph.tensor(named(name, id)
                            .set_dim({s.pages, s.kv_heads, s.page_tokens, dim})
                            .set_stride({s.page_stride, head, dim, 1}));
  };
  const tensor k = pages("keys", keys), v = pages("values", values);
  const tensor rows = integers(graph, "query_lengths", query_lengths, s.sequences, 1);
  const tensor positions = integers(graph, "key_lengths", key_lengths, s.sequences, 1);
  auto how =
      graphs::SDPA_attributes()
          .set_name("attention")
          .set_generate_stats(false)
          .set_attn_scale(1.0f)  // queries come scaled
          .set_paged_attention_k_table(integers(graph, "key_pages", key_pages, s.sequences, s.table_pages))
          .set_paged_attention_v_table(
              integers(graph, "value_pages", value_pages, s.sequences, s.table_pages))
          .set_paged_attention_max_seq_len_kv(s.positions())
          .set_seq_len_q(rows)
          .set_seq_len_kv(positions);
  if (s.soft_cap != 0.0f) {
    cap_scores(how, s, rows, positions);
  } else {
    how.set_padding_mask(true);
    // A row at p sees k where k + left bound > p: our window.
    if (s.rows > 1 || s.window != 0)
      how.set_diagonal_alignment(fe::DiagonalAlignment_t::BOTTOM_RIGHT).set_diagonal_band_right_bound(0);
    if (s.window != 0) how.set_diagonal_band_left_bound(s.window);
  }
  graph.sdpa(q, k, v, how)[0]->set_output(true).set_uid(output).set_dim(row_shape).set_stride(row_strides);
}

}  // namespace

struct cudnn_attention::plan {
  mutable graphs::Graph graph;
};

model::result<int> find_cudnn() {
  static const model::result<int> found = load_cudnn();
  return found;
}

model::result<cudnn_attention> cudnn_attention::make(const attention_shape& shape,
                                                     const cudnn_device& device) {
  if (const auto found = find_cudnn(); !found) return found.error();
  auto made = std::make_shared<plan>();
  graphs::Graph& graph = made->graph;
  try {
    if (const auto said = introduce(graph, device); said.is_bad()) return unfit("device", said);
    describe(graph, shape);
    if (const auto said = graph.validate(); said.is_bad()) return unfit("graph", said);
    if (const auto said = graph.build_operation_graph(); said.is_bad()) return unfit("operations", said);
    if (const auto said = graph.create_execution_plans({fe::HeurMode_t::A}); said.is_bad())
      return unfit("heuristics", said);
    if (const auto said = graph.check_support(); said.is_bad()) return unfit("support", said);
    if (const auto said = graph.build_plans(fe::BuildPlanPolicy_t::HEURISTICS_CHOICE); said.is_bad())
      return unfit("plan", said);
  } catch (const std::exception& e) {
    return unfit("frontend", {fe::error_code_t::CUDNN_BACKEND_API_FAILED, e.what()});
  }
  return cudnn_attention(std::move(made));
}

model::result<cudnn_attention> cudnn_attention::read(std::span<const std::uint8_t> serialised,
                                                     const cudnn_device& device) {
  if (const auto found = find_cudnn(); !found) return found.error();
  auto made = std::make_shared<plan>();
  try {
    if (const auto said = introduce(made->graph, device); said.is_bad()) return unfit("device", said);
    if (const auto said = made->graph.deserialize({serialised.begin(), serialised.end()}); said.is_bad())
      return unfit("reading a plan", said);
  } catch (const std::exception& e) {
    return unfit("frontend", {fe::error_code_t::CUDNN_BACKEND_API_FAILED, e.what()});
  }
  return cudnn_attention(std::move(made));
}

model::result<std::vector<std::uint8_t>> cudnn_attention::serialise() const {
  std::vector<std::uint8_t> bytes;
  if (const auto said = plan_->graph.serialize(bytes); said.is_bad()) return unfit("writing a plan", said);
  return bytes;
}

std::size_t cudnn_attention::workspace_bytes() const {
  std::int64_t bytes = 0;
  return plan_->graph.get_workspace_size(bytes).is_good() ? static_cast<std::size_t>(bytes) : 0;
}

std::string cudnn_attention::engine() const {
  std::string name;
  return plan_->graph.get_plan_name(name).is_good() ? name : std::string();
}

}  // namespace hawser::gpu
