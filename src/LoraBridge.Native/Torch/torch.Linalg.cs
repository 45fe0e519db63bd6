using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class linalg
    {
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            var results = LinalgOps.svd.CallMany(input, fullMatrices);
            return (results[0], results[1], results[2]);
        }

        public static Tensor svdvals(Tensor input) => LinalgOps.svdvals.Call(input);

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced)
        {
            var results = LinalgOps.qr.CallMany(input, mode == QRMode.Complete ? "complete" : mode == QRMode.R ? "r" : "reduced");
            return (results[0], results[1]);
        }

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) => LinalgOps.vector_norm.Call(input, (Scalar)ord, dims, keepdim);

        public static Tensor inv(Tensor input) => LinalgOps.inv.Call(input);

        public static Tensor solve(Tensor A, Tensor B, bool left = true) =>
            left ? LinalgOps.solve.Call(A, B) : throw new NotSupportedException("solving from the right: libtorch 1.13's operator cannot");

        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }
    }

    public static partial class fft
    {
        public static Tensor fft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) =>
            LinalgOps.fft2.Call(input, s, dim ?? [-2, -1], Name(norm));

        public static Tensor ifft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) =>
            LinalgOps.ifft2.Call(input, s, dim ?? [-2, -1], Name(norm));

        private static string Name(FFTNormType norm) => norm switch
        {
            FFTNormType.Forward => "forward",
            FFTNormType.Ortho => "ortho",
            _ => "backward",
        };
    }

    private static class LinalgOps
    {
        internal static readonly Operator svd = new("linalg_svd"), svdvals = new("linalg_svdvals"), qr = new("linalg_qr"), vector_norm = new("linalg_vector_norm"),
            inv = new("linalg_inv"), solve = new("linalg_solve"), fft2 = new("fft_fft2"), ifft2 = new("fft_ifft2");
    }
}

public enum FFTNormType
{
    Backward = 0,
    Forward = 1,
    Ortho = 2,
}
