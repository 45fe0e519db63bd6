using LoraBridge.Imaging;

namespace LoraBridge.Training.Logging;

/// <summary>Draws smooth lines and dots onto a picture. Each call is laid over the picture once, so that a line's joints are no darker than the line.</summary>
internal sealed class ChartCanvas
{
    private readonly float[] _coverage;
    private readonly (int Left, int Top, int Right, int Bottom) _clip;

    /// <summary>Draws onto an RGB picture, within a rectangle of it.</summary>
    public ChartCanvas(Picture picture, (int Left, int Top, int Right, int Bottom) clip)
    {
        Picture = picture;
        _clip = clip;
        _coverage = new float[picture.Width * picture.Height];
    }

    /// <summary>What is drawn onto.</summary>
    public Picture Picture { get; }

    /// <summary>A line through points.</summary>
    /// <param name="points">Places in pixels; one alone is a dot.</param>
    /// <param name="width">The line's width in pixels.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="opacity">0 invisible to 1.</param>
    public void Line(IReadOnlyList<(double X, double Y)> points, double width, Rgb color, double opacity = 1)
    {
        for (var i = 0; i < points.Count; i++) Cover(points[Math.Max(i - 1, 0)], points[i], width / 2);
        Blend(color, opacity);
    }

    /// <summary>Round dots.</summary>
    public void Dots(IReadOnlyList<(double X, double Y)> points, double width, Rgb color)
    {
        foreach (var point in points) Cover(point, point, width / 2);
        Blend(color, 1);
    }

    /// <summary>A rectangle of whole pixels.</summary>
    public void Fill(int left, int top, int width, int height, Rgb color)
    {
        for (var y = Math.Max(top, 0); y < Math.Min(top + height, Picture.Height); y++)
        {
            for (var x = Math.Max(left, 0); x < Math.Min(left + width, Picture.Width); x++) Set(x, y, color, 1);
        }
    }

    // the part of a pixel that a line covers is taken from the distance of its middle to the line
    private void Cover((double X, double Y) from, (double X, double Y) to, double radius)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = dx * dx + dy * dy;
        var (left, right) = (Math.Max(_clip.Left, Floor(Math.Min(from.X, to.X) - radius - 1)), Math.Min(_clip.Right - 1, Floor(Math.Max(from.X, to.X) + radius + 1)));
        var (top, bottom) = (Math.Max(_clip.Top, Floor(Math.Min(from.Y, to.Y) - radius - 1)), Math.Min(_clip.Bottom - 1, Floor(Math.Max(from.Y, to.Y) + radius + 1)));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var (px, py) = (x + 0.5 - from.X, y + 0.5 - from.Y);
                var along = length > 0 ? Math.Clamp((px * dx + py * dy) / length, 0, 1) : 0;
                var (ox, oy) = (px - along * dx, py - along * dy);
                var covered = (float)Math.Clamp(radius + 0.5 - Math.Sqrt(ox * ox + oy * oy), 0, 1);
                ref var cell = ref _coverage[y * Picture.Width + x];
                cell = Math.Max(cell, covered);
            }
        }
    }

    private void Blend(Rgb color, double opacity)
    {
        for (var i = 0; i < _coverage.Length; i++)
        {
            if (_coverage[i] > 0) Set(i % Picture.Width, i / Picture.Width, color, _coverage[i] * opacity);
        }
        Array.Clear(_coverage);
    }

    private void Set(int x, int y, Rgb color, double part)
    {
        var pixel = Picture.Row(y).Slice(x * 3, 3);
        pixel[0] = Mixed(pixel[0], color.R, part);
        pixel[1] = Mixed(pixel[1], color.G, part);
        pixel[2] = Mixed(pixel[2], color.B, part);
    }

    private static byte Mixed(byte below, byte above, double part) => (byte)Math.Round(below + (above - below) * part);

    private static int Floor(double value) => (int)Math.Floor(Math.Clamp(value, -1e6, 1e6));
}
