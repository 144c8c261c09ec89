#include "gpu/step_runner.hpp"

#include "gpu/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace hawser::gpu {

namespace asio = boost::asio;

model::result<std::shared_ptr<step_memory>> make_step_memory(const cuda_runtime& calls, decoder d,
                                                             const model::backend_capacity& c) {
  auto made = std::make_shared<step_memory>(step_memory{.model = std::move(d),
                                                        .input = {},
                                                        .best = {},
                                                        .pinned_input = {},
                                                        .pinned_best = {},
                                                        .pinned_logits = {},
                                                        .pinned_normed = {}});
  auto error = cuda_error::none;
  const auto take = [&](std::size_t bytes, bool pinned) {
    made->bytes += bytes;
    return take_memory(calls, bytes, pinned, error);
  };
  const std::size_t input = step_image::most_words(c) * sizeof(int);
  const std::size_t best = c.step_tokens * sizeof(int);
  made->input = take(input, false);
  made->best = take(best, false);
  made->pinned_input = take(input, true);
  made->pinned_best = take(best, true);
  made->pinned_logits = take(std::size_t{c.seats} * c.vocabulary * sizeof(float), true);
  made->pinned_normed = take(std::size_t{c.step_tokens} * c.width * sizeof(float), true);
  if (error != cuda_error::none)
    return model::error{model::errc::over_limit,
                        "There is no memory for " + std::to_string(made->bytes >> 20) +
                            " MiB of a step's data: " + make_error_code(error).message() + "."};
  return made;
}

step_runner::step_runner(device_lanes& lanes, std::shared_ptr<step_memory> memory,
                         const model::backend_capacity& c)
    : lanes_(lanes), memory_(std::move(memory)), seats_(c.seats, c.vocabulary),
      image_(c.groups.size(), c.page_tokens), logit_rows_(c.seats) {}

asio::awaitable<void> step_runner::run(const model::step_plan& plan, model::step_result& result) {
  const auto begun = std::chrono::steady_clock::now();
  result.number = plan.number;
  result.sequences.resize(plan.sequences.size());
  if (lost_) {
    fail(cuda_error::launch_failure, plan, result);
  } else {
    lay_out(plan, result);
    if (const waited error = co_await compute(plan, result); error) fail(error, plan, result);
  }
  result.busy = std::chrono::steady_clock::now() - begun;
  result.lost = lost_;
}

void step_runner::lay_out(const model::step_plan& plan, model::step_result& result) {
  image_.clear();
  for (std::uint32_t i = 0; i < plan.sequences.size(); ++i) {
    const model::sequence_step& s = plan.sequences[i];
    if (seats_.enter(s, result.sequences[i])) image_.add(s, i, seats_.tokens(s), seats_.choice_of(s));
  }
  image_.finish(plan);
}

/// Discards are nothing here: memory of a device does not go back page by page.
asio::awaitable<step_runner::waited> step_runner::compute(const model::step_plan& plan,
                                                          model::step_result& result) {
  if (const auto e = lanes_.enter(); e != cuda_error::none) co_return e;
  queues q(lanes_);
  for (const model::page_copy& pages : plan.copies) memory_->model.copy_page(q.work, pages);
  if (image_.rows() != 0) {
    give(q);
    give_choices(q.work);
  } else if (plan.copies.empty()) {
    co_return waited{};
  }
  const std::size_t tokens = image_.greedy().size() + image_.drawn().size();
  copy_out(q, memory_->pinned_best.get(), memory_->best.get(), tokens * sizeof(int));
  waited error = co_await arrive(q);
  if (error) co_return error;
  const auto* token = reinterpret_cast<const int*>(memory_->pinned_best.get());
  for (const std::span<const wanted_row> rows : {image_.greedy(), image_.drawn()})
    for (const wanted_row& w : rows)
      seats_.take_chosen(*token++, plan.sequences[w.sequence], result.sequences[w.sequence]);
  if (!image_.chosen().empty()) error = co_await choose(plan, result, q);
  if (!error && image_.embedded_count() != 0) error = co_await embed(plan, result, q);
  co_return error;
}

/// The step's words to the device, and its layers after them.
void step_runner::give(queues& q) {
  const std::span<const int> image = image_.words();
  std::memcpy(memory_->pinned_input.get(), image.data(), image.size_bytes());
  q.in.copy(memory_->input.get(), memory_->pinned_input.get(), image.size_bytes(),
            copy_direction::host_to_device);
  q.in.record(lanes_.arrived);
  if (q.in.error() != cuda_error::none) return;
  q.work.after(lanes_.arrived);
  device_rows rows{.tokens = words(image_.at().tokens),
                   .position = words(image_.at().position),
                   .sequence = words(image_.at().sequence),
                   .rows = image_.rows(),
                   .last_position = image_.last_position()};
  for (std::size_t g = 0; g < rows.tables.size(); ++g) {
    rows.tables[g] = words(image_.at().tables[g]);
    rows.table_stride[g] = image_.table_stride();
  }
  memory_->model.run(q.work, rows);
}

/// Tokens that the device chooses: the greedy ones, then the drawn ones.
void step_runner::give_choices(work_queue& work) {
  auto* ids = reinterpret_cast<int*>(memory_->best.get());
  const auto give = [&](std::size_t count, std::size_t rows, const auto& choose) {
    if (count == 0) return;
    memory_->model.norm(work, words(rows), static_cast<int>(count));
    for (std::size_t done = 0; done < count; done += logit_rows_) {
      const auto here = static_cast<int>(std::min(logit_rows_, count - done));
      memory_->model.logits(work, static_cast<int>(done), here);
      choose(here, done);
      ids += here;
    }
  };
  give(image_.greedy().size(), image_.at().greedy,
       [&](int here, std::size_t) { memory_->model.best(work, here, ids); });
  const auto* const terms = reinterpret_cast<const kernels::draw_terms*>(words(image_.at().terms));
  give(image_.drawn().size(), image_.at().drawn,
       [&](int here, std::size_t done) { memory_->model.draw(work, here, terms + done, ids); });
}

/// After what was computed so far, on the stream that copies to the host.
void step_runner::copy_out(queues& q, std::byte* to, const void* from, std::size_t bytes) {
  q.work.record(lanes_.computed);
  if (q.work.error() != cuda_error::none) return;
  q.out.after(lanes_.computed);
  q.out.copy(to, from, bytes, copy_direction::device_to_host);
}

cuda_error step_runner::queues::error() const noexcept {
  for (const work_queue* each : {&in, &work, &out})
    if (each->error() != cuda_error::none) return each->error();
  return cuda_error::none;
}

/// Until the device has done all that it was given: copies to the host come last, unless something was
/// refused; then each stream has to be waited for.
asio::awaitable<step_runner::waited> step_runner::arrive(const queues& q) {
  waited error;
  const cuda_error refused = q.error();
  for (const work_queue* each : {&q.out, &q.work, &q.in}) {
    const auto [e] = co_await async_wait(lanes_.waiting(each->stream()), {.keep = memory_},
                                         asio::as_tuple(asio::use_awaitable));
    if (e && !error) error = e;
    if (refused == cuda_error::none && !error) break;
  }
  if (!error && refused != cuda_error::none) error = refused;
  co_return error;
}

asio::awaitable<step_runner::waited> step_runner::choose(const model::step_plan& plan,
                                                         model::step_result& result, queues& q) {
  const std::size_t count = image_.chosen().size();
  const std::size_t vocabulary = memory_->model.spec().vocabulary;
  memory_->model.norm(q.work, words(image_.at().chosen), static_cast<int>(count));
  for (std::size_t done = 0; done < count; done += logit_rows_) {
    const std::size_t here = std::min(logit_rows_, count - done);
    memory_->model.logits(q.work, static_cast<int>(done), static_cast<int>(here));
    copy_out(q, memory_->pinned_logits.get(), memory_->model.logits(), here * vocabulary * sizeof(float));
    if (const waited error = co_await arrive(q); error) co_return error;
    auto* const logits = reinterpret_cast<float*>(memory_->pinned_logits.get());
    for (std::size_t i = 0; i < here; ++i)
      answer(image_.chosen()[done + i], {logits + i * vocabulary, vocabulary}, plan, result);
  }
  co_return waited{};
}

void step_runner::answer(const wanted_row& w, std::span<float> logits, const model::step_plan& plan,
                         model::step_result& result) {
  const model::sequence_step& s = plan.sequences[w.sequence];
  model::sequence_result& to = result.sequences[w.sequence];
  if (w.score != model::no_token) to.scored.push_back(score(logits, w.score, s.score_top));
  if (w.sample) seats_.sample(logits, s, to);
}

asio::awaitable<step_runner::waited> step_runner::embed(const model::step_plan& plan,
                                                        model::step_result& result, queues& q) {
  const std::size_t count = image_.embedded_count();
  const std::size_t width = memory_->model.spec().width;
  memory_->model.norm(q.work, words(image_.at().embedded), static_cast<int>(count));
  copy_out(q, memory_->pinned_normed.get(), memory_->model.normed(), count * width * sizeof(float));
  if (const waited error = co_await arrive(q); error) co_return error;
  const auto* rows = reinterpret_cast<const float*>(memory_->pinned_normed.get());
  for (const embedded_rows& e : image_.embedded()) {
    seats_.embed({rows, e.rows * width}, e.rows, plan.sequences[e.sequence], result.sequences[e.sequence]);
    rows += e.rows * width;
  }
  co_return waited{};
}

/// Too little memory ends this step alone; after anything else nobody knows what the device still does.
void step_runner::fail(waited why, const model::step_plan& plan, model::step_result& result) {
  const bool memory = why == make_error_code(cuda_error::out_of_memory);
  lost_ = lost_ || !memory;
  for (std::size_t i = 0; i < plan.sequences.size(); ++i)
    seats_.fail(plan.sequences[i], memory ? model::step_error::out_of_memory : model::step_error::device_lost,
                result.sequences[i]);
}

}  // namespace hawser::gpu
