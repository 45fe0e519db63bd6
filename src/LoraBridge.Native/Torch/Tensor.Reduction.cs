using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => ReductionOps.sum.Call(this, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => ReductionOps.sum_dim.Call(this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => ReductionOps.sum_dim.Call(this, new[] { dim }, keepdim, type);

        public Tensor mean() => ReductionOps.mean.Call(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => ReductionOps.mean_dim.Call(this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => ReductionOps.prod.Call(this, type);

        public Tensor all() => ReductionOps.all.Call(this);

        public Tensor any() => ReductionOps.any.Call(this);

        public Tensor all(long dim, bool keepdim = false) => ReductionOps.all_dim.Call(this, dim, keepdim);

        public Tensor any(long dim, bool keepdim = false) => ReductionOps.any_dim.Call(this, dim, keepdim);

        public Tensor norm(float p = 2.0f) => ReductionOps.norm.Call(this, (Scalar)p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => ReductionOps.norm_dim.Call(this, (Scalar)p, new long[] { dim }, keepdim);

        public Tensor max() => ReductionOps.max.Call(this);

        public Tensor min() => ReductionOps.min.Call(this);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Pair(ReductionOps.max_dim.CallMany(this, dim, keepdim));

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Pair(ReductionOps.min_dim.CallMany(this, dim, keepdim));

        public Tensor amax(params long[] dims) => ReductionOps.amax.Call(this, dims);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => Into(ReductionOps.amax.Call(this, dims, keepdim), @out);

        public Tensor amin(params long[] dims) => ReductionOps.amin.Call(this, dims);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => Into(ReductionOps.amin.Call(this, dims, keepdim), @out);

        public Tensor argmax() => ReductionOps.argmax.Call(this);

        public Tensor argmax(long dim, bool keepdim = false) => ReductionOps.argmax.Call(this, dim, keepdim);

        public Tensor argmin() => ReductionOps.argmin.Call(this);

        public Tensor argmin(long dim, bool keepdim = false) => ReductionOps.argmin.Call(this, dim, keepdim);

        public Tensor argsort(long dim = -1, bool descending = false) => ReductionOps.argsort.Call(this, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Pair(ReductionOps.topk.CallMany(this, k, dim, largest, sorted));

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Pair(ReductionOps.sort.CallMany(this, stable, dim, descending));

        public Tensor median() => ReductionOps.median.Call(this);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => ReductionOps.quantile.Call(this, q, dim, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => ReductionOps.cumsum.Call(this, dim, type);

        public Tensor cumprod(long dim, ScalarType? type = null) => ReductionOps.cumprod.Call(this, dim, type);

        public Tensor logsumexp(long dim, bool keepdim = false) => ReductionOps.logsumexp.Call(this, new[] { dim }, keepdim);

        public Tensor count_nonzero(long[]? dims = null) => dims is null ? ReductionOps.count_nonzero.Call(this) : ReductionOps.count_nonzero_dim.Call(this, dims);

        public Tensor std(bool unbiased = true) => ReductionOps.std.Call(this, unbiased);

        public Tensor var(bool unbiased = true) => ReductionOps.var.Call(this, unbiased);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(ReductionOps.std_dim.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim], unbiased, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(ReductionOps.var_dim.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim], unbiased, keepdim, type);

        private static (Tensor, Tensor) Pair(Tensor[] results) => (results[0], results[1]);

        private static Tensor As(Tensor result, ScalarType? type) => type is { } other && other != result.dtype ? result.to_type(other, disposeAfter: true) : result;

        private static Tensor Into(Tensor result, Tensor? target)
        {
            if (target is null) return result;
            target.copy_(result);
            result.Dispose();
            return target;
        }
    }

    private static class ReductionOps
    {
        internal static readonly Operator sum = new("sum"),
            sum_dim = new("sum", "dim_IntList"),
            mean = new("mean"),
            mean_dim = new("mean", "dim"),
            prod = new("prod"),
            all = new("all"),
            any = new("any"),
            all_dim = new("all", "dim"),
            any_dim = new("any", "dim"),
            norm = new("norm", "Scalar"),
            norm_dim = new("norm", "ScalarOpt_dim"),
            max = new("max"),
            min = new("min"),
            max_dim = new("max", "dim"),
            min_dim = new("min", "dim"),
            amax = new("amax"),
            amin = new("amin"),
            argmax = new("argmax"),
            argmin = new("argmin"),
            argsort = new("argsort"),
            topk = new("topk"),
            sort = new("sort", "stable"),
            median = new("median"),
            quantile = new("quantile"),
            cumsum = new("cumsum"),
            cumprod = new("cumprod"),
            logsumexp = new("logsumexp"),
            count_nonzero = new("count_nonzero"),
            count_nonzero_dim = new("count_nonzero", "dim_IntList"),
            std = new("std"),
            var = new("var"),
            std_dim = new("std", "dim"),
            var_dim = new("var", "dim");
    }
}
