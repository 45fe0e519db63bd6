using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) => InPlace(RandomOps.normal_, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) => InPlace(RandomOps.uniform_, from, to, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => InPlace(RandomOps.bernoulli_float_, p, generator);

        public Tensor bernoulli(Generator? generator = null) => RandomOps.bernoulli.Call(this, generator);

        public Tensor exponential_(double lambda = 1.0, Generator? generator = null) => InPlace(RandomOps.exponential_, lambda, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => RandomOps.multinomial.Call(this, num_samples, replacement, generator);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.rand_like.Call(this, dtype, Argument.None, device).with_requires_grad(requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.randn_like.Call(this, dtype, Argument.None, device).with_requires_grad(requires_grad);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.zeros_like.Call(this, dtype, Argument.None, device).with_requires_grad(requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.ones_like.Call(this, dtype, Argument.None, device).with_requires_grad(requires_grad);

        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.empty_like.Call(this, dtype, Argument.None, device).with_requires_grad(requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => RandomOps.full_like.Call(this, value, dtype, Argument.None, device).with_requires_grad(requires_grad);
    }

    private static class RandomOps
    {
        internal static readonly Operator normal_ = new("normal_"),
            uniform_ = new("uniform_"),
            bernoulli_float_ = new("bernoulli_", "float"),
            bernoulli = new("bernoulli"),
            exponential_ = new("exponential_"),
            multinomial = new("multinomial"),
            rand_like = new("rand_like"),
            randn_like = new("randn_like"),
            zeros_like = new("zeros_like"),
            ones_like = new("ones_like"),
            empty_like = new("empty_like"),
            full_like = new("full_like");
    }
}
