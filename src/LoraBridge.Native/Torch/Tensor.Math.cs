using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor abs() => MathOps.abs.Call(this);

        public Tensor abs_()
        {
            MathOps.abs_.CallInPlace(this);
            return this;
        }

        public Tensor neg() => MathOps.neg.Call(this);

        public Tensor neg_()
        {
            MathOps.neg_.CallInPlace(this);
            return this;
        }

        public Tensor exp() => MathOps.exp.Call(this);

        public Tensor exp_()
        {
            MathOps.exp_.CallInPlace(this);
            return this;
        }

        public Tensor expm1() => MathOps.expm1.Call(this);

        public Tensor expm1_()
        {
            MathOps.expm1_.CallInPlace(this);
            return this;
        }

        public Tensor log() => MathOps.log.Call(this);

        public Tensor log_()
        {
            MathOps.log_.CallInPlace(this);
            return this;
        }

        public Tensor log1p() => MathOps.log1p.Call(this);

        public Tensor log1p_()
        {
            MathOps.log1p_.CallInPlace(this);
            return this;
        }

        public Tensor log2() => MathOps.log2.Call(this);

        public Tensor log2_()
        {
            MathOps.log2_.CallInPlace(this);
            return this;
        }

        public Tensor log10() => MathOps.log10.Call(this);

        public Tensor log10_()
        {
            MathOps.log10_.CallInPlace(this);
            return this;
        }

        public Tensor sqrt() => MathOps.sqrt.Call(this);

        public Tensor sqrt_()
        {
            MathOps.sqrt_.CallInPlace(this);
            return this;
        }

        public Tensor rsqrt() => MathOps.rsqrt.Call(this);

        public Tensor rsqrt_()
        {
            MathOps.rsqrt_.CallInPlace(this);
            return this;
        }

        public Tensor reciprocal() => MathOps.reciprocal.Call(this);

        public Tensor reciprocal_()
        {
            MathOps.reciprocal_.CallInPlace(this);
            return this;
        }

        public Tensor sin() => MathOps.sin.Call(this);

        public Tensor sin_()
        {
            MathOps.sin_.CallInPlace(this);
            return this;
        }

        public Tensor cos() => MathOps.cos.Call(this);

        public Tensor cos_()
        {
            MathOps.cos_.CallInPlace(this);
            return this;
        }

        public Tensor tan() => MathOps.tan.Call(this);

        public Tensor tan_()
        {
            MathOps.tan_.CallInPlace(this);
            return this;
        }

        public Tensor tanh() => MathOps.tanh.Call(this);

        public Tensor tanh_()
        {
            MathOps.tanh_.CallInPlace(this);
            return this;
        }

        public Tensor sigmoid() => MathOps.sigmoid.Call(this);

        public Tensor sigmoid_()
        {
            MathOps.sigmoid_.CallInPlace(this);
            return this;
        }

        public Tensor sign() => MathOps.sign.Call(this);

        public Tensor sign_()
        {
            MathOps.sign_.CallInPlace(this);
            return this;
        }

        public Tensor floor() => MathOps.floor.Call(this);

        public Tensor floor_()
        {
            MathOps.floor_.CallInPlace(this);
            return this;
        }

        public Tensor ceil() => MathOps.ceil.Call(this);

        public Tensor ceil_()
        {
            MathOps.ceil_.CallInPlace(this);
            return this;
        }

        public Tensor trunc() => MathOps.trunc.Call(this);

        public Tensor trunc_()
        {
            MathOps.trunc_.CallInPlace(this);
            return this;
        }

        public Tensor frac() => MathOps.frac.Call(this);

        public Tensor frac_()
        {
            MathOps.frac_.CallInPlace(this);
            return this;
        }

        public Tensor erf() => MathOps.erf.Call(this);

        public Tensor erf_()
        {
            MathOps.erf_.CallInPlace(this);
            return this;
        }

        public Tensor erfinv() => MathOps.erfinv.Call(this);

        public Tensor erfinv_()
        {
            MathOps.erfinv_.CallInPlace(this);
            return this;
        }

        public Tensor relu() => MathOps.relu.Call(this);

        public Tensor relu_()
        {
            MathOps.relu_.CallInPlace(this);
            return this;
        }

        public Tensor silu() => MathOps.silu.Call(this);

        public Tensor silu_()
        {
            MathOps.silu_.CallInPlace(this);
            return this;
        }

        public Tensor square() => MathOps.square.Call(this);

        public Tensor isnan() => MathOps.isnan.Call(this);

        public Tensor isinf() => MathOps.isinf.Call(this);

        public Tensor isfinite() => MathOps.isfinite.Call(this);

        public Tensor negative() => neg();

        public Tensor absolute() => abs();

        public Tensor round(long decimals = 0L) => decimals == 0 ? MathOps.round.Call(this) : MathOps.round_decimals.Call(this, decimals);

        public Tensor round_(long decimals = 0L) => decimals == 0 ? InPlace(MathOps.round_) : InPlace(MathOps.round_decimals_, decimals);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => MathOps.clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => MathOps.clamp_tensor.Call(this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => InPlace(MathOps.clamp_, min, max);

        public Tensor clamp_min(Scalar min) => MathOps.clamp_min.Call(this, min);

        public Tensor clamp_max(Scalar max) => MathOps.clamp_max.Call(this, max);

        public Tensor nan_to_num(double nan = 0d, double? posinf = null, double? neginf = null) => MathOps.nan_to_num.Call(this, nan, posinf, neginf);

        public Tensor nan_to_num_(double nan = 0d, double? posinf = null, double? neginf = null) => InPlace(MathOps.nan_to_num_, nan, posinf, neginf);

        public Tensor lerp(Tensor end, Tensor weight) => MathOps.lerp.Call(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => InPlace(MathOps.lerp_, end, weight);

        public Tensor atan2(Tensor other) => MathOps.atan2.Call(this, other);

        public Tensor acos() => MathOps.acos.Call(this);

        public Tensor acos_()
        {
            MathOps.acos_.CallInPlace(this);
            return this;
        }

        public Tensor asin() => MathOps.asin.Call(this);

        public Tensor asin_()
        {
            MathOps.asin_.CallInPlace(this);
            return this;
        }

        public Tensor atan() => MathOps.atan.Call(this);

        public Tensor atan_()
        {
            MathOps.atan_.CallInPlace(this);
            return this;
        }

        public Tensor gelu() => MathOps.gelu.Call(this);

        public Tensor softmax(long dim, ScalarType? dtype = null) => MathOps.softmax.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => MathOps.log_softmax.Call(this, dim, dtype);

        public Tensor softplus(double beta = 1, double threshold = 20) => MathOps.softplus.Call(this, (Scalar)beta, (Scalar)threshold);

        public Tensor logical_not() => MathOps.logical_not.Call(this);

        public Tensor logical_and(Tensor other) => MathOps.logical_and.Call(this, other);

        public Tensor logical_or(Tensor other) => MathOps.logical_or.Call(this, other);

        public Tensor logical_xor(Tensor other) => MathOps.logical_xor.Call(this, other);

        public Tensor bitwise_not() => MathOps.bitwise_not.Call(this);

        public Tensor bitwise_and(Tensor other) => MathOps.bitwise_and.Call(this, other);

        public Tensor bitwise_or(Tensor other) => MathOps.bitwise_or.Call(this, other);

        public Tensor bitwise_xor(Tensor other) => MathOps.bitwise_xor.Call(this, other);

        public Tensor maximum(Tensor other) => MathOps.maximum.Call(this, other);

        public Tensor minimum(Tensor other) => MathOps.minimum.Call(this, other);

        private Tensor InPlace(Operator op)
        {
            op.CallInPlace(this);
            return this;
        }
    }

    private static class MathOps
    {
        internal static readonly Operator abs = new("abs"),
            abs_ = new("abs_"),
            neg = new("neg"),
            neg_ = new("neg_"),
            exp = new("exp"),
            exp_ = new("exp_"),
            expm1 = new("expm1"),
            expm1_ = new("expm1_"),
            log = new("log"),
            log_ = new("log_"),
            log1p = new("log1p"),
            log1p_ = new("log1p_"),
            log2 = new("log2"),
            log2_ = new("log2_"),
            log10 = new("log10"),
            log10_ = new("log10_"),
            sqrt = new("sqrt"),
            sqrt_ = new("sqrt_"),
            rsqrt = new("rsqrt"),
            rsqrt_ = new("rsqrt_"),
            reciprocal = new("reciprocal"),
            reciprocal_ = new("reciprocal_"),
            sin = new("sin"),
            sin_ = new("sin_"),
            cos = new("cos"),
            cos_ = new("cos_"),
            tan = new("tan"),
            tan_ = new("tan_"),
            tanh = new("tanh"),
            tanh_ = new("tanh_"),
            sigmoid = new("sigmoid"),
            sigmoid_ = new("sigmoid_"),
            sign = new("sign"),
            sign_ = new("sign_"),
            floor = new("floor"),
            floor_ = new("floor_"),
            ceil = new("ceil"),
            ceil_ = new("ceil_"),
            trunc = new("trunc"),
            trunc_ = new("trunc_"),
            frac = new("frac"),
            frac_ = new("frac_"),
            erf = new("erf"),
            erf_ = new("erf_"),
            erfinv = new("erfinv"),
            erfinv_ = new("erfinv_"),
            relu = new("relu"),
            relu_ = new("relu_"),
            silu = new("silu"),
            silu_ = new("silu_"),
            square = new("square"),
            isnan = new("isnan"),
            isinf = new("isinf"),
            isfinite = new("isfinite"),
            round = new("round"),
            round_decimals = new("round", "decimals"),
            round_ = new("round_"),
            round_decimals_ = new("round_", "decimals"),
            clamp = new("clamp"),
            clamp_tensor = new("clamp", "Tensor"),
            clamp_ = new("clamp_"),
            clamp_min = new("clamp_min"),
            clamp_max = new("clamp_max"),
            nan_to_num = new("nan_to_num"),
            nan_to_num_ = new("nan_to_num_"),
            lerp = new("lerp", "Tensor"),
            lerp_ = new("lerp_", "Tensor"),
            atan2 = new("atan2"),
            acos = new("acos"),
            acos_ = new("acos_"),
            asin = new("asin"),
            asin_ = new("asin_"),
            atan = new("atan"),
            atan_ = new("atan_"),
            gelu = new("gelu"),
            softmax = new("softmax", "int"),
            log_softmax = new("log_softmax", "int"),
            softplus = new("softplus"),
            logical_not = new("logical_not"),
            logical_and = new("logical_and"),
            logical_or = new("logical_or"),
            logical_xor = new("logical_xor"),
            bitwise_not = new("bitwise_not"),
            bitwise_and = new("bitwise_and", "Tensor"),
            bitwise_or = new("bitwise_or", "Tensor"),
            bitwise_xor = new("bitwise_xor", "Tensor"),
            maximum = new("maximum"),
            minimum = new("minimum");
    }
}
