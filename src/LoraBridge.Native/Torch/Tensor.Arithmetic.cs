using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => ArithmeticOps.add.Call(this, target);

        public Tensor add(Scalar scalar) => ArithmeticOps.add_scalar.Call(this, scalar);

        public Tensor add_(Tensor target) => InPlace(ArithmeticOps.add_, target);

        public Tensor add_(Scalar scalar) => InPlace(ArithmeticOps.add_scalar_, scalar);

        public Tensor sub(Tensor target) => ArithmeticOps.sub.Call(this, target);

        public Tensor sub(Scalar target) => ArithmeticOps.sub_scalar.Call(this, target);

        public Tensor sub_(Tensor target) => InPlace(ArithmeticOps.sub_, target);

        public Tensor sub_(Scalar target) => InPlace(ArithmeticOps.sub_scalar_, target);

        public Tensor mul(Tensor target) => ArithmeticOps.mul.Call(this, target);

        public Tensor mul(Scalar target) => ArithmeticOps.mul_scalar.Call(this, target);

        public Tensor mul_(Tensor target) => InPlace(ArithmeticOps.mul_, target);

        public Tensor mul_(Scalar target) => InPlace(ArithmeticOps.mul_scalar_, target);

        public Tensor add(Tensor target, Scalar alpha) => ArithmeticOps.add.Call(this, target, alpha);

        public Tensor add_(Tensor target, Scalar alpha) => InPlace(ArithmeticOps.add_, target, alpha);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? ArithmeticOps.div.Call(this, target) : ArithmeticOps.div_mode.Call(this, target, rounding_mode.ToString());

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? InPlace(ArithmeticOps.div_, target) : InPlace(ArithmeticOps.div_mode_, target, rounding_mode.ToString());

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? ArithmeticOps.div_scalar.Call(this, target) : ArithmeticOps.div_scalar_mode.Call(this, target, rounding_mode.ToString());

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? InPlace(ArithmeticOps.div_scalar_, target) : InPlace(ArithmeticOps.div_scalar_mode_, target, rounding_mode.ToString());

        public Tensor floor_divide(Tensor other) => ArithmeticOps.floor_divide.Call(this, other);

        public Tensor remainder(Tensor target) => ArithmeticOps.remainder.Call(this, target);

        public Tensor fmod(Tensor target) => ArithmeticOps.fmod.Call(this, target);

        public Tensor remainder(Scalar scalar) => ArithmeticOps.remainder_scalar.Call(this, scalar);

        public Tensor fmod(Scalar scalar) => ArithmeticOps.fmod_scalar.Call(this, scalar);

        public Tensor pow(Tensor exponent) => ArithmeticOps.pow.Call(this, exponent);

        public Tensor pow(Scalar exponent) => ArithmeticOps.pow_scalar.Call(this, exponent);

        public Tensor pow_(Tensor exponent) => InPlace(ArithmeticOps.pow_, exponent);

        public Tensor pow_(Scalar exponent) => InPlace(ArithmeticOps.pow_scalar_, exponent);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => ArithmeticOps.addcmul.Call(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => InPlace(ArithmeticOps.addcmul_, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => ArithmeticOps.addcdiv.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => InPlace(ArithmeticOps.addcdiv_, tensor1, tensor2, value);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => ArithmeticOps.addmm.Call(this, mat1, mat2, (Scalar)beta, (Scalar)alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => InPlace(ArithmeticOps.addmm_, mat1, mat2, (Scalar)beta, (Scalar)alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => ArithmeticOps.baddbmm.Call(this, batch1, batch2, (Scalar)beta, (Scalar)alpha);

        public Tensor bmm(Tensor batch2) => ArithmeticOps.bmm.Call(this, batch2);

        public Tensor mm(Tensor target) => ArithmeticOps.mm.Call(this, target);

        public Tensor mv(Tensor target) => ArithmeticOps.mv.Call(this, target);

        public Tensor dot(Tensor target) => ArithmeticOps.dot.Call(this, target);

        public Tensor outer(Tensor vec2) => ArithmeticOps.outer.Call(this, vec2);

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator +(Tensor left, int right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, long right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, float right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, double right) => left.add((Scalar)right);

        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        public static Tensor operator +(int left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(long left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(float left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(double left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        public static Tensor operator -(Tensor left, int right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, long right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, float right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, double right) => left.sub((Scalar)right);

        public static Tensor operator -(Scalar left, Tensor right) => ArithmeticOps.rsub_scalar.Call(right, left);

        public static Tensor operator -(int left, Tensor right) => ArithmeticOps.rsub_scalar.Call(right, (Scalar)left);

        public static Tensor operator -(long left, Tensor right) => ArithmeticOps.rsub_scalar.Call(right, (Scalar)left);

        public static Tensor operator -(float left, Tensor right) => ArithmeticOps.rsub_scalar.Call(right, (Scalar)left);

        public static Tensor operator -(double left, Tensor right) => ArithmeticOps.rsub_scalar.Call(right, (Scalar)left);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator *(Tensor left, int right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, long right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, float right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, double right) => left.mul((Scalar)right);

        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        public static Tensor operator *(int left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(long left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(float left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(double left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public static Tensor operator /(Tensor left, int right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, long right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, float right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, double right) => left.div((Scalar)right);

        public static Tensor operator /(Scalar left, Tensor right) => ReciprocalTimes(right, left);

        public static Tensor operator /(int left, Tensor right) => ReciprocalTimes(right, (Scalar)left);

        public static Tensor operator /(long left, Tensor right) => ReciprocalTimes(right, (Scalar)left);

        public static Tensor operator /(float left, Tensor right) => ReciprocalTimes(right, (Scalar)left);

        public static Tensor operator /(double left, Tensor right) => ReciprocalTimes(right, (Scalar)left);

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);

        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);

        public static Tensor operator %(Tensor left, int right) => left.remainder((Scalar)right);

        public static Tensor operator %(Tensor left, long right) => left.remainder((Scalar)right);

        public static Tensor operator %(Tensor left, float right) => left.remainder((Scalar)right);

        public static Tensor operator %(Tensor left, double right) => left.remainder((Scalar)right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);

        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);

        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);

        public static Tensor operator ~(Tensor left) => left.bitwise_not();

        private static Tensor ReciprocalTimes(Tensor divisor, Scalar dividend)
        {
            using var reciprocal = divisor.reciprocal();
            return reciprocal.mul(dividend);
        }
    }

    private static class ArithmeticOps
    {
        internal static readonly Operator add = new("add", "Tensor"),
            add_scalar = new("add", "Scalar"),
            add_ = new("add_", "Tensor"),
            add_scalar_ = new("add_", "Scalar"),
            sub = new("sub", "Tensor"),
            sub_scalar = new("sub", "Scalar"),
            sub_ = new("sub_", "Tensor"),
            sub_scalar_ = new("sub_", "Scalar"),
            mul = new("mul", "Tensor"),
            mul_scalar = new("mul", "Scalar"),
            mul_ = new("mul_", "Tensor"),
            mul_scalar_ = new("mul_", "Scalar"),
            div = new("div", "Tensor"),
            div_ = new("div_", "Tensor"),
            div_mode = new("div", "Tensor_mode"),
            div_mode_ = new("div_", "Tensor_mode"),
            div_scalar = new("div", "Scalar"),
            div_scalar_ = new("div_", "Scalar"),
            div_scalar_mode = new("div", "Scalar_mode"),
            div_scalar_mode_ = new("div_", "Scalar_mode"),
            floor_divide = new("floor_divide"),
            remainder = new("remainder", "Tensor"),
            fmod = new("fmod", "Tensor"),
            remainder_scalar = new("remainder", "Scalar"),
            fmod_scalar = new("fmod", "Scalar"),
            pow = new("pow", "Tensor_Tensor"),
            pow_scalar = new("pow", "Tensor_Scalar"),
            pow_ = new("pow_", "Tensor"),
            pow_scalar_ = new("pow_", "Scalar"),
            addcmul = new("addcmul"),
            addcmul_ = new("addcmul_"),
            addcdiv = new("addcdiv"),
            addcdiv_ = new("addcdiv_"),
            addmm = new("addmm"),
            addmm_ = new("addmm_"),
            baddbmm = new("baddbmm"),
            bmm = new("bmm"),
            mm = new("mm"),
            mv = new("mv"),
            dot = new("dot"),
            outer = new("outer"),
            rsub_scalar = new("rsub", "Scalar");
    }
}
