namespace LoraBridge.Imaging;

/// <summary>sRGB to CIE L*a*b* (D65) and back in 8 bits: L over 255 / 100, a and b moved by 128.</summary>
internal static class LabColor
{
    private const double WhiteX = 0.950456, WhiteZ = 1.088754, Kink = 0.008856;

    private static readonly double[] s_linear = [.. Enumerable.Range(0, 256).Select(value => Linear(value / 255.0))];

    /// <summary>Pixels of three channels each.</summary>
    public static byte[] FromRgb(byte[] pixels)
    {
        var result = new byte[pixels.Length];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var (r, g, b) = (s_linear[pixels[i]], s_linear[pixels[i + 1]], s_linear[pixels[i + 2]]);
            var x = Root((0.412453 * r + 0.357580 * g + 0.180423 * b) / WhiteX);
            var light = 0.212671 * r + 0.715160 * g + 0.072169 * b;
            var y = Root(light);
            var z = Root((0.019334 * r + 0.119193 * g + 0.950227 * b) / WhiteZ);
            result[i] = Byte((light > Kink ? 116 * y - 16 : 903.3 * light) * 255 / 100);
            result[i + 1] = Byte(500 * (x - y) + 128);
            result[i + 2] = Byte(200 * (y - z) + 128);
        }
        return result;
    }

    /// <summary>Pixels of three channels each; what no screen shows is clamped.</summary>
    public static byte[] ToRgb(byte[] pixels)
    {
        var result = new byte[pixels.Length];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var lightness = pixels[i] * 100 / 255.0;
            var fy = (lightness + 16) / 116;
            var y = lightness > 903.3 * Kink ? fy * fy * fy : lightness / 903.3;
            if (lightness <= 903.3 * Kink) fy = Root(y);
            var x = Cube(fy + (pixels[i + 1] - 128) / 500.0) * WhiteX;
            var z = Cube(fy - (pixels[i + 2] - 128) / 200.0) * WhiteZ;
            result[i] = Byte(255 * Curved(3.240479 * x - 1.537150 * y - 0.498535 * z));
            result[i + 1] = Byte(255 * Curved(-0.969256 * x + 1.875991 * y + 0.041556 * z));
            result[i + 2] = Byte(255 * Curved(0.055648 * x - 0.204043 * y + 1.057311 * z));
        }
        return result;
    }

    private static double Root(double t) => t > Kink ? Math.Cbrt(t) : 7.787 * t + 16.0 / 116;

    private static double Cube(double root) => root * root * root is var t && t > Kink ? t : (root - 16.0 / 116) / 7.787;

    private static double Linear(double v) => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);

    private static double Curved(double v) => v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055;

    private static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
