"""C++ of the small products of compiled steps, for the compiler that torch uses.

Numbers at (row, column) of a factor may lie anywhere; a second factor whose rows are not in one
piece is laid out anew. Sums over terms are in order, fused with the products.
"""

SOURCE = """\
// Products of small matrices, many at a time, as steps of local training have them: for every lane
// C = A B, or C <- C - rate A B. Sums stay in registers; a row of B is loaded as vectors, an entry
// of A into all of a vector.

#include <c10/util/Unroll.h>
#include <torch/csrc/inductor/cpp_prefix.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace {

#if defined(CPU_CAPABILITY_AVX512)
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif
void require(AOTITorchError code) {
  if (code != AOTI_TORCH_SUCCESS) {
    throw std::runtime_error("torch does not know this tensor");
  }
}

constexpr int kMostRows = 8;
constexpr int kMostVectors = 4;

// One matrix a lane, and how far apart entries are.
template <typename T>
struct Matrices {
  T* data;
  int64_t lanes, rows, columns;
  int64_t lane, row, column;

  explicit Matrices(AtenTensorHandle tensor) {
    void* place = nullptr;
    int64_t *sizes = nullptr, *strides = nullptr;
    require(aoti_torch_get_data_ptr(tensor, &place));
    require(aoti_torch_get_sizes(tensor, &sizes));
    require(aoti_torch_get_strides(tensor, &strides));
    data = static_cast<T*>(place);
    lanes = sizes[0], rows = sizes[1], columns = sizes[2];
    lane = strides[0], row = strides[1], column = strides[2];
  }
};

// A product's factors and where it goes; `rate` is null where nothing is subtracted.
template <typename T>
struct Product {
  const T* a;
  int64_t a_row, a_term;
  const T* b;
  int64_t b_term;
  int64_t terms;
  T* c;
  int64_t c_row;
  const T* rate;
};

// ROWS rows of VECTORS vectors; with PART, one vector of which `width` numbers count.
template <typename T, int ROWS, int VECTORS, bool PART>
inline void tile(const Product<T>& p, int64_t width) {
  using Vector = at::vec::Vectorized<T>;
  constexpr int64_t kWide = Vector::size();
  Vector sums[ROWS][VECTORS];
  c10::ForcedUnroll<ROWS * VECTORS>{}(
      [&](auto i) { sums[i / VECTORS][i % VECTORS] = Vector(static_cast<T>(0)); });
  const T* a = p.a;
  const T* b = p.b;
  for (int64_t term = 0; term < p.terms; ++term) {
    Vector right[VECTORS];
    c10::ForcedUnroll<VECTORS>{}([&](auto v) {
      right[v] = PART ? Vector::loadu(b, width) : Vector::loadu(b + v * kWide);
    });
    c10::ForcedUnroll<ROWS>{}([&](auto r) {
      const Vector left(a[r * p.a_row]);
      c10::ForcedUnroll<VECTORS>{}(
          [&](auto v) { sums[r][v] = at::vec::fmadd(left, right[v], sums[r][v]); });
    });
    a += p.a_term;
    b += p.b_term;
  }
  c10::ForcedUnroll<ROWS * VECTORS>{}([&](auto i) {
    constexpr int r = i / VECTORS, v = i % VECTORS;
    T* place = p.c + r * p.c_row + v * kWide;
    if (p.rate != nullptr) {
      const Vector before = PART ? Vector::loadu(place, width) : Vector::loadu(place);
      sums[r][v] = before - Vector(*p.rate) * sums[r][v];
    }
    if (PART) {
      sums[r][v].store(place, width);
    } else {
      sums[r][v].store(place);
    }
  });
}

template <typename T, int ROWS, int VECTORS, bool PART>
inline void tile_of(int64_t rows, const Product<T>& p, int64_t width) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) {
      tile_of<T, ROWS - 1, VECTORS, PART>(rows, p, width);
      return;
    }
  }
  tile<T, ROWS, VECTORS, PART>(p, width);
}

// All rows of VECTORS vectors, in tiles of nearly equal height.
template <typename T, int VECTORS, bool PART>
void columns(Product<T> p, int64_t rows, int64_t width) {
  constexpr int kMost = std::min(kMostRows, (kRegisters - VECTORS - 2) / VECTORS);
  for (int64_t tiles = (rows + kMost - 1) / kMost; tiles > 0; --tiles) {
    const int64_t some = (rows + tiles - 1) / tiles;
    tile_of<T, kMost, VECTORS, PART>(some, p, width);
    p.a += some * p.a_row;
    p.c += some * p.c_row;
    rows -= some;
  }
}

template <typename T>
void product(Product<T> p, int64_t rows, int64_t width) {
  constexpr int64_t kWide = at::vec::Vectorized<T>::size();
  auto take = [&](int64_t some) {
    p.b += some;
    p.c += some;
    width -= some;
  };
  while (width >= kMostVectors * kWide) {
    columns<T, kMostVectors, false>(p, rows, 0);
    take(kMostVectors * kWide);
  }
  if (width >= 2 * kWide) {
    columns<T, 2, false>(p, rows, 0);
    take(2 * kWide);
  }
  if (width >= kWide) {
    columns<T, 1, false>(p, rows, 0);
    take(kWide);
  }
  if (width > 0) {
    columns<T, 1, true>(p, rows, width);
  }
}

// Write a matrix row by row.
template <typename T>
void lay_out(const T* from, const Matrices<T>& like, T* to) {
  if (like.row == 1) {
    const int down = static_cast<int>(like.columns), across = static_cast<int>(like.rows);
    at::vec::transpose_mxn<T>(from, like.column, to, like.columns, down, across);
    return;
  }
  for (int64_t row = 0; row < like.rows; ++row) {
    for (int64_t column = 0; column < like.columns; ++column) {
      to[row * like.columns + column] = from[row * like.row + column * like.column];
    }
  }
}

template <typename T>
void products(const Matrices<T>& a, const Matrices<T>& b, const Matrices<T>& c, const T* rate) {
  static thread_local std::vector<T> room;
  const bool packed = b.column != 1 && b.columns > 1;
  if (packed && static_cast<int64_t>(room.size()) < b.rows * b.columns) {
    room.resize(b.rows * b.columns);
  }
  for (int64_t lane = 0; lane < c.lanes; ++lane) {
    const T* right = b.data + lane * b.lane;
    if (packed) {
      lay_out(right, b, room.data());
      right = room.data();
    }
    product<T>(
        {a.data + lane * a.lane,
         a.row,
         a.column,
         right,
         packed ? b.columns : b.row,
         a.columns,
         c.data + lane * c.lane,
         c.row,
         rate},
        c.rows,
        c.columns);
  }
}

template <typename T>
void products(AtenTensorHandle a, AtenTensorHandle b, AtenTensorHandle c, AtenTensorHandle rate) {
  void* pace = nullptr;
  if (rate != nullptr) {
    require(aoti_torch_get_data_ptr(rate, &pace));
  }
  products<T>(Matrices<T>(a), Matrices<T>(b), Matrices<T>(c), static_cast<const T*>(pace));
}

void run(AtenTensorHandle a, AtenTensorHandle b, AtenTensorHandle c, AtenTensorHandle rate) {
  int32_t kind = 0;
  require(aoti_torch_get_dtype(c, &kind));
  if (kind == aoti_torch_dtype_float32()) {
    products<float>(a, b, c, rate);
  } else if (kind == aoti_torch_dtype_float64()) {
    products<double>(a, b, c, rate);
  } else {
    throw std::runtime_error("only float32 and float64");
  }
}

// A new tensor for A B.
AtenTensorHandle room_for(AtenTensorHandle a, AtenTensorHandle b) {
  int64_t *left = nullptr, *right = nullptr;
  int32_t kind = 0;
  AtenTensorHandle out = nullptr;
  require(aoti_torch_get_sizes(a, &left));
  require(aoti_torch_get_sizes(b, &right));
  require(aoti_torch_get_dtype(a, &kind));
  const int64_t sizes[] = {left[0], left[1], right[2]};
  const int64_t strides[] = {sizes[1] * sizes[2], sizes[2], 1};
  const int32_t cpu = aoti_torch_device_type_cpu();
  require(aoti_torch_empty_strided(3, sizes, strides, kind, cpu, 0, &out));
  return out;
}

}  // namespace

extern "C" {

// C = A B, in new memory.
AOTITorchError aoti_torch_cpu_lane_product(
    AtenTensorHandle a, AtenTensorHandle b, AtenTensorHandle* out) {
  try {
    *out = room_for(a, b);
    run(a, b, *out, nullptr);
  } catch (const std::exception&) {
    return AOTI_TORCH_FAILURE;
  }
  return AOTI_TORCH_SUCCESS;
}

// C <- C - rate A B, in place. What calls it passes a place for a result, too, or none.
AOTITorchError aoti_torch_cpu_lane_descent(
    AtenTensorHandle c, AtenTensorHandle a, AtenTensorHandle b, AtenTensorHandle rate, void*) {
  try {
    run(a, b, c, rate);
  } catch (const std::exception&) {
    return AOTI_TORCH_FAILURE;
  }
  return AOTI_TORCH_SUCCESS;
}

}  // extern "C"
"""
