using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => ComparisonOps.eq.Call(this, target);

        public Tensor eq(Scalar target) => ComparisonOps.eq_scalar.Call(this, target);

        public Tensor ne(Tensor target) => ComparisonOps.ne.Call(this, target);

        public Tensor ne(Scalar target) => ComparisonOps.ne_scalar.Call(this, target);

        public Tensor lt(Tensor target) => ComparisonOps.lt.Call(this, target);

        public Tensor lt(Scalar target) => ComparisonOps.lt_scalar.Call(this, target);

        public Tensor le(Tensor target) => ComparisonOps.le.Call(this, target);

        public Tensor le(Scalar target) => ComparisonOps.le_scalar.Call(this, target);

        public Tensor gt(Tensor target) => ComparisonOps.gt.Call(this, target);

        public Tensor gt(Scalar target) => ComparisonOps.gt_scalar.Call(this, target);

        public Tensor ge(Tensor target) => ComparisonOps.ge.Call(this, target);

        public Tensor ge(Scalar target) => ComparisonOps.ge_scalar.Call(this, target);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);

        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);

        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);

        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);

        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);

        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        public Tensor equal(Tensor target) => eq(target);

        public bool Equals(Tensor target) => ComparisonOps.equal.CallValue(this, target).Integer != 0;

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            ComparisonOps.allclose.CallValue(this, target, rtol, atol, equal_nan).Integer != 0;

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) => ComparisonOps.isclose.Call(this, other, rtol, atol, nanEqual);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) => ComparisonOps.bucketize.Call(this, boundaries, outInt32, right);
    }

    private static class ComparisonOps
    {
        internal static readonly Operator eq = new("eq", "Tensor"),
            eq_scalar = new("eq", "Scalar"),
            ne = new("ne", "Tensor"),
            ne_scalar = new("ne", "Scalar"),
            lt = new("lt", "Tensor"),
            lt_scalar = new("lt", "Scalar"),
            le = new("le", "Tensor"),
            le_scalar = new("le", "Scalar"),
            gt = new("gt", "Tensor"),
            gt_scalar = new("gt", "Scalar"),
            ge = new("ge", "Tensor"),
            ge_scalar = new("ge", "Scalar"),
            equal = new("equal"),
            allclose = new("allclose"),
            isclose = new("isclose"),
            bucketize = new("bucketize", "Tensor");
    }
}
