using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, i1);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, i1, i2, i3);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, i1, i2, i3, i4);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, tensors) = View(indices);
            var result = tensors.Length == 0 ? view : IndexOps.index.Call(view, Argument.OptionalTensors(tensors));
            // an index that selects everything gives a new object all the same
            return (ReferenceEquals(result, this) ? alias() : result).MoveToOuterDisposeScope();
        }

        public Tensor index(params Tensor[] indices) => IndexOps.index.Call(this, Argument.OptionalTensors(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, tensors) = View(indices);
            if (tensors.Length == 0) view.copy_(value);
            else IndexOps.index_put_.CallInPlace(view, Argument.OptionalTensors(tensors), value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices)
        {
            IndexOps.index_put_.CallInPlace(this, Argument.OptionalTensors(indices), value);
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            return index_put_(full([], value, dtype, device), indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using var scope = NewDisposeScope();
            return index_put_(full([], value, dtype, device), indices);
        }

        public Tensor index_select(long dim, Tensor index) => IndexOps.index_select.Call(this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => IndexOps.index_add.Call(this, dim, index, source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => InPlace(IndexOps.index_add_, dim, index, source, alpha);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => InPlace(IndexOps.index_copy_, dim, index, source);

        public Tensor select(long dim, long index) => IndexOps.select.Call(this, dim, index);

        public Tensor slice(long dim, long start, long finish, long step) => IndexOps.slice.Call(this, dim, start, finish, step);

        public Tensor narrow(long dim, long start, long length) => IndexOps.narrow.Call(this, dim, start, length);

        public Tensor gather(long dim, Tensor index) => IndexOps.gather.Call(this, dim, index);

        public Tensor take(Tensor index) => IndexOps.take.Call(this, index);

        public Tensor take_along_dim(Tensor indices, long dim) => IndexOps.take_along_dim.Call(this, indices, dim);

        public Tensor scatter(long dim, Tensor index, Tensor src) => IndexOps.scatter.Call(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => InPlace(IndexOps.scatter_, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => IndexOps.scatter_add.Call(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => InPlace(IndexOps.scatter_add_, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) => IndexOps.masked_fill.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => InPlace(IndexOps.masked_fill_, mask, value);

        public Tensor masked_select(Tensor mask) => IndexOps.masked_select.Call(this, mask);

        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);

        public Tensor nonzero() => IndexOps.nonzero.Call(this);

        private Tensor InPlace(Operator op, Argument a)
        {
            op.CallInPlace(this, a);
            return this;
        }

        private Tensor InPlace(Operator op, Argument a, Argument b)
        {
            op.CallInPlace(this, a, b);
            return this;
        }

        private Tensor InPlace(Operator op, Argument a, Argument b, Argument c)
        {
            op.CallInPlace(this, a, b, c);
            return this;
        }

        private Tensor InPlace(Operator op, Argument a, Argument b, Argument c, Argument d)
        {
            op.CallInPlace(this, a, b, c, d);
            return this;
        }

        // What numbers, slices and new axes leave of the tensor, and what tensors index in it (null: the whole dimension).
        private (Tensor View, Tensor?[] Tensors) View(TensorIndex[] indices)
        {
            var consumed = indices.Sum(Consumed);
            if (consumed > dim()) throw new IndexOutOfRangeException($"{consumed} indices for a tensor of {dim()} dimensions");
            var view = this;
            var tensors = new List<Tensor?>();
            long at = 0;
            long merged = 0; // a mask of several dimensions is one entry of the list
            foreach (var index in indices)
            {
                switch (index.kind)
                {
                    case TensorIndex.Kind.Single:
                        view = view.select(at, index.start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (index.start is not null || index.stop is not null || index.step is not null)
                            view = IndexOps.slice.Call(view, at, index.start, index.stop, index.step ?? 1);
                        at++;
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        at += dim() - consumed;
                        break;
                    case TensorIndex.Kind.None:
                        view = view.unsqueeze(at++);
                        break;
                    case TensorIndex.Kind.Bool:
                        view = view.unsqueeze(at);
                        if (index.start == 0) view = view.narrow(at, 0, 0);
                        at++;
                        break;
                    case TensorIndex.Kind.Tensor:
                        while (tensors.Count < at - merged) tensors.Add(null);
                        tensors.Add(index.tensor);
                        at += Consumed(index);
                        merged += Consumed(index) - 1;
                        break;
                }
            }
            return (view, [.. tensors]);
        }

        private static long Consumed(TensorIndex index) => index.kind switch
        {
            TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
            TensorIndex.Kind.Tensor => index.tensor!.dtype == ScalarType.Bool ? index.tensor.dim() : 1,
            _ => 0,
        };
    }

    private static class IndexOps
    {
        internal static readonly Operator index = new("index", "Tensor"), index_put_ = new("index_put_"), index_select = new("index_select"),
            index_add = new("index_add"), index_add_ = new("index_add_"), index_copy_ = new("index_copy_"), select = new("select", "int"),
            slice = new("slice", "Tensor"), narrow = new("narrow"), gather = new("gather"), take = new("take"), take_along_dim = new("take_along_dim"),
            scatter = new("scatter", "src"), scatter_ = new("scatter_", "src"), scatter_add = new("scatter_add"), scatter_add_ = new("scatter_add_"),
            masked_fill = new("masked_fill", "Scalar"), masked_fill_ = new("masked_fill_", "Scalar"), masked_select = new("masked_select"), nonzero = new("nonzero");
    }
}
