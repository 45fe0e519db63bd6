using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a tensor is resampled.</summary>
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    /// <summary>The modes of <see cref="nn.Upsample(long[], double[], UpsampleMode, bool?, bool?)"/>, a part of <see cref="InterpolationMode"/>.</summary>
    public enum UpsampleMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
    }

    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>(B, C, …) resampled to a size, or by factors, one for each dimension after the second.</summary>
            /// <param name="x">(B, C, L), (B, C, H, W) or (B, C, D, H, W).</param>
            /// <param name="size">The new lengths; or give <paramref name="scale_factor"/>.</param>
            /// <param name="scale_factor">The factors; a new length is rounded down.</param>
            /// <param name="mode">Linear for one dimension, bilinear and bicubic for two, trilinear for three, the others for any.</param>
            /// <param name="align_corners">For the linear and cubic modes: whether the corners' centres stay where they are.</param>
            /// <param name="recompute_scale_factor">Whether the factors are taken again from the rounded lengths.</param>
            /// <param name="antialias">For bilinear and bicubic: whether the filter widens when shrinking.</param>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                var dimensions = (int)x.dim() - 2;
                if (size is null == scale_factor is null) throw new ArgumentException("interpolate takes a size or a scale factor, one of the two.", nameof(size));
                if ((size?.Length ?? scale_factor!.Length) != dimensions) throw new ArgumentException($"The input has {dimensions} dimensions to resample, but {size?.Length ?? scale_factor!.Length} numbers were given.", size is null ? nameof(scale_factor) : nameof(size));
                if (recompute_scale_factor)
                {
                    if (scale_factor is null) throw new ArgumentException("recompute_scale_factor has no meaning with a size.", nameof(recompute_scale_factor));
                    size = Scaled(x, scale_factor);
                    scale_factor = null;
                }

                var smooth = mode is InterpolationMode.Linear or InterpolationMode.Bilinear or InterpolationMode.Bicubic or InterpolationMode.Trilinear;
                if (align_corners is not null && !smooth) throw new ArgumentException($"align_corners has no meaning for {mode}.", nameof(align_corners));
                if (antialias && mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic)) throw new ArgumentException($"{mode} has no antialiased form; bilinear and bicubic have.", nameof(antialias));

                if (mode == InterpolationMode.Area) return AreaOps.For(dimensions).Call(x, size ?? Scaled(x, scale_factor!));
                var resample = (dimensions, mode, antialias) switch
                {
                    (1, InterpolationMode.Nearest, _) => ResampleOps.nearest1d,
                    (2, InterpolationMode.Nearest, _) => ResampleOps.nearest2d,
                    (3, InterpolationMode.Nearest, _) => ResampleOps.nearest3d,
                    (1, InterpolationMode.NearestExact, _) => ResampleOps.nearest_exact1d,
                    (2, InterpolationMode.NearestExact, _) => ResampleOps.nearest_exact2d,
                    (3, InterpolationMode.NearestExact, _) => ResampleOps.nearest_exact3d,
                    (1, InterpolationMode.Linear, _) => ResampleOps.linear1d,
                    (2, InterpolationMode.Bilinear, false) => ResampleOps.bilinear2d,
                    (2, InterpolationMode.Bilinear, true) => ResampleOps.bilinear2d_aa,
                    (2, InterpolationMode.Bicubic, false) => ResampleOps.bicubic2d,
                    (2, InterpolationMode.Bicubic, true) => ResampleOps.bicubic2d_aa,
                    (3, InterpolationMode.Trilinear, _) => ResampleOps.trilinear3d,
                    _ => throw new ArgumentException($"{mode} does not resample {dimensions} dimensions.", nameof(mode)),
                };
                return smooth ? resample.Call(x, size, align_corners ?? false, scale_factor) : resample.Call(x, size, scale_factor);
            }

            private static long[] Scaled(Tensor x, double[] factors)
            {
                var shape = x.shape;
                return [.. factors.Select((factor, i) => (long)Math.Floor(shape[i + 2] * factor))];
            }

            private static class AreaOps
            {
                private static readonly Operator s_area1d = new("adaptive_avg_pool1d"), s_area2d = new("adaptive_avg_pool2d"), s_area3d = new("adaptive_avg_pool3d");

                internal static Operator For(int dimensions) => dimensions switch
                {
                    1 => s_area1d,
                    2 => s_area2d,
                    3 => s_area3d,
                    _ => throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, "one to three dimensions can be resampled"),
                };
            }

            // the overloads "vec" take a size or factors, and are the same in all versions
            private static class ResampleOps
            {
                internal static readonly Operator nearest1d = new("upsample_nearest1d", "vec"), nearest2d = new("upsample_nearest2d", "vec"), nearest3d = new("upsample_nearest3d", "vec");
                internal static readonly Operator nearest_exact1d = new("_upsample_nearest_exact1d", "vec"), nearest_exact2d = new("_upsample_nearest_exact2d", "vec"), nearest_exact3d = new("_upsample_nearest_exact3d", "vec");
                internal static readonly Operator linear1d = new("upsample_linear1d", "vec"), bilinear2d = new("upsample_bilinear2d", "vec"), bicubic2d = new("upsample_bicubic2d", "vec"), trilinear3d = new("upsample_trilinear3d", "vec");
                internal static readonly Operator bilinear2d_aa = new("_upsample_bilinear2d_aa", "vec"), bicubic2d_aa = new("_upsample_bicubic2d_aa", "vec");
            }
        }
    }
}
