using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => ShapeOps.view.Call(this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor reshape(params long[] shape) => ShapeOps.reshape.Call(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => ShapeOps.flatten.Call(this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes)
        {
            // the operator's schema changed between 1.13 and 2.x; the shape is known here
            var old = shape;
            var at = dim < 0 ? dim + old.Length : dim;
            var known = sizes.Aggregate(1L, (product, size) => size < 0 ? product : product * size);
            var filled = sizes.Select(size => size >= 0 ? size : known == 0 ? 0 : old[at] / known);
            return view([.. old.Take((int)at), .. filled, .. old.Skip((int)at + 1)]);
        }

        public Tensor ravel() => ShapeOps.ravel.Call(this);

        public Tensor permute(params long[] permutation) => ShapeOps.permute.Call(this, permutation);

        public Tensor transpose(long dim0, long dim1) => ShapeOps.transpose.Call(this, dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor t() => ShapeOps.t.Call(this);

        public Tensor squeeze(long? dim = null) => dim is { } one ? ShapeOps.squeeze_dim.Call(this, one) : ShapeOps.squeeze.Call(this);

        public Tensor unsqueeze(long dim) => ShapeOps.unsqueeze.Call(this, dim);

        public Tensor expand(params long[] sizes) => ShapeOps.expand.Call(this, sizes);

        public Tensor expand(long[] sizes, bool isImplicit = false) => ShapeOps.expand.Call(this, sizes, isImplicit);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expand(sizes.ToArray(), isImplicit);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor broadcast_to(params long[] shape) => ShapeOps.broadcast_to.Call(this, shape);

        public Tensor repeat(params long[] sizes) => ShapeOps.repeat.Call(this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => ShapeOps.repeat_interleave_int.Call(this, repeats, dim, output_size);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => ShapeOps.repeat_interleave.Call(this, repeats, dim, output_size);

        public Tensor tile(long[] reps) => ShapeOps.tile.Call(this, reps);

        public Tensor movedim(long[] source, long[] destination) => ShapeOps.movedim.Call(this, source, destination);

        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);

        public Tensor flip(params long[] dims) => ShapeOps.flip.Call(this, dims);

        public Tensor roll(long shifts, long? dims = null) => ShapeOps.roll.Call(this, new[] { shifts }, dims is { } one ? new[] { one } : Array.Empty<long>());

        public Tensor roll(long[] shifts, long[] dims) => ShapeOps.roll.Call(this, shifts, dims);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L) => ShapeOps.as_strided.Call(this, size, strides, storageOffset);

        public Tensor diag(long diagonal = 0) => ShapeOps.diag.Call(this, diagonal);

        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L) => ShapeOps.diagonal.Call(this, offset, dim1, dim2);

        public Tensor tril(long diagonal = 0) => ShapeOps.tril.Call(this, diagonal);

        public Tensor triu(long diagonal = 0) => ShapeOps.triu.Call(this, diagonal);

        public Tensor[] split(long size, int dim = 0) => ShapeOps.split.CallMany(this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) => ShapeOps.split_with_sizes.CallMany(this, sizes, dim);

        public Tensor[] chunk(long chunks, long dim = 0L) => ShapeOps.chunk.CallMany(this, chunks, dim);

        public Tensor[] unbind(long dimension = 0L) => ShapeOps.unbind.CallMany(this, dimension);

        public Tensor unfold(long dimension, long size, long step) => ShapeOps.unfold.Call(this, dimension, size, step);
    }

    private static class ShapeOps
    {
        internal static readonly Operator view = new("view"), reshape = new("reshape"), flatten = new("flatten", "using_ints"), ravel = new("ravel"),
            permute = new("permute"), transpose = new("transpose", "int"), t = new("t"), squeeze = new("squeeze"), squeeze_dim = new("squeeze", "dim"),
            unsqueeze = new("unsqueeze"), expand = new("expand"), broadcast_to = new("broadcast_to"), repeat = new("repeat"),
            repeat_interleave = new("repeat_interleave", "self_Tensor"), repeat_interleave_int = new("repeat_interleave", "self_int"), tile = new("tile"),
            movedim = new("movedim", "intlist"), flip = new("flip"), roll = new("roll"), as_strided = new("as_strided"), diag = new("diag"),
            diagonal = new("diagonal"), tril = new("tril"), triu = new("triu"), split = new("split", "Tensor"), split_with_sizes = new("split_with_sizes"),
            chunk = new("chunk"), unbind = new("unbind", "int"), unfold = new("unfold");
    }
}
