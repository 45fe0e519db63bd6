using LoraBridge.Imaging;

namespace EmojiDiffusion.Data;

/// <summary>A background that captions can name.</summary>
/// <param name="Name">The word.</param>
/// <param name="Color">The colour.</param>
internal sealed record BackgroundColor(string Name, Rgb Color)
{
    /// <summary>The background of captions that name none.</summary>
    public static BackgroundColor White { get; } = new("white", Rgb.White);

    /// <summary>All of them, white first.</summary>
    public static IReadOnlyList<BackgroundColor> All { get; } =
    [
        White,
        new("black", new(0, 0, 0)),
        new("gray", new(128, 128, 128)),
        new("red", new(215, 35, 35)),
        new("orange", new(250, 140, 20)),
        new("yellow", new(255, 225, 50)),
        new("green", new(45, 160, 65)),
        new("blue", new(35, 90, 215)),
        new("purple", new(125, 55, 180)),
        new("pink", new(255, 150, 200)),
    ];

    /// <summary>Its place in <see cref="All"/>.</summary>
    public int Place => All.Index().First(entry => entry.Item == this).Index;

    /// <summary>The name of the colour that is nearest to given values, in [-1, 1] each.</summary>
    public static BackgroundColor Nearest(float red, float green, float blue) => All.MinBy(background =>
        Square(background.Color.R, red) + Square(background.Color.G, green) + Square(background.Color.B, blue))!;

    private static double Square(byte own, float value) => Math.Pow((own / 127.5) - 1 - value, 2);
}
