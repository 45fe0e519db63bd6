using EmojiDiffusion.Data;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Samples;

public sealed class EmojiDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emoji-data").FullName;

    [Fact]
    public void ReadList_Names_AreWordsWithTheBestFirst()
    {
        var entries = Read("""
            [{"name":"HEAVY BLACK HEART","unified":"2764-FE0F","short_names":["heart"],"category":"Smileys","subcategory":"heart","sort_order":2,"image":"2764-fe0f.png"},
             {"name":"RED APPLE","unified":"1F34E","short_names":["apple"],"category":"Food","subcategory":"food-fruit","sort_order":1,"image":"1f34e.png"},
             {"name":"FLAG","unified":"1F3F3","short_names":["flag"],"category":"Flags","subcategory":"flag","sort_order":3,"image":"1f3f3.png"}]
            """);

        Assert.Equal(["red apple", "heart"], entries.Select(entry => entry.Name));
        Assert.Equal(["red apple", "apple"], entries[0].Names);
        Assert.Equal("food fruit", entries[0].Category);
        Assert.Equal([0x2764, 0xFE0F], entries[1].Characters);
    }

    [Fact]
    public void ReadList_NoList_SaysWhatToGive() => Assert.Contains("emoji-datasource-google", Assert.Throws<InvalidDataException>(() => Read("{}")).Message);

    [Fact]
    public void Canvas_Whole_LaysInkOverPaper()
    {
        var planes = Compose(new Placement(new(0, 0, 255)), GlyphCanvas.Whole);

        Assert.Equal(-1, At(planes, 0, 0).Red, 1e-6f);
        Assert.Equal(1, At(planes, 0, 0).Blue, 1e-6f);
        Assert.Equal(1, At(planes, 64, 64).Red, 1e-6f);
        Assert.Equal(-1, At(planes, 64, 64).Blue, 1e-6f);
        Assert.Equal(0f, At(planes, Tiny.HalfColumn, 64).Red, 0.01f);
    }

    [Fact]
    public void Canvas_MovedAndMirrored_IsElsewhere()
    {
        var moved = Compose(new Placement(Rgb.White, Right: 3, Down: 2), GlyphCanvas.Whole);
        var mirrored = Compose(new Placement(Rgb.White, Mirrored: true), GlyphCanvas.Whole);
        var plain = Compose(new Placement(Rgb.White), GlyphCanvas.Whole);

        Assert.Equal(At(plain, 64, 64), At(moved, 67, 66));
        Assert.Equal(At(plain, Tiny.HalfColumn, 64), At(moved, Tiny.HalfColumn + 3, 66));
        Assert.Equal(At(plain, Tiny.HalfColumn, 64), At(mirrored, 127 - Tiny.HalfColumn, 64));
    }

    [Fact]
    public void Canvas_Half_IsTheMeanOfFour()
    {
        var whole = Compose(new Placement(Rgb.White), GlyphCanvas.Whole);
        var half = new float[3 * 64 * 64];
        GlyphCanvas.Half(Tiny.Glyph(Tiny.Entry("dot")).Picture, new Placement(Rgb.White), half);

        for (var x = 0; x < 64; x++)
            Assert.Equal((At(whole, 2 * x, 64).Green + At(whole, (2 * x) + 1, 64).Green + At(whole, 2 * x, 65).Green + At(whole, (2 * x) + 1, 65).Green) / 4, half[(64 * 64) + (32 * 64) + x], 1e-5f);
    }

    [Fact]
    public void Glyph_OfAWideDrawing_KeepsItsMiddle()
    {
        var drawing = new Picture(136, 128, 4);
        drawing.Row(64)[(4 * 68) + 3] = drawing.Row(63)[(4 * 68) + 3] = drawing.Row(64)[(4 * 67) + 3] = drawing.Row(63)[(4 * 67) + 3] = 255;

        var picture = Glyph.Of(Tiny.Entry("dot"), drawing).Picture;

        var mass = Enumerable.Range(0, 128 * 128).Select(i => (X: i % 128, Y: i / 128, Alpha: (int)picture.Pixels[(4 * i) + 3])).Where(pixel => pixel.Alpha > 0).ToList();
        Assert.NotEmpty(mass);
        Assert.Equal(63.5, mass.Sum(pixel => pixel.X * pixel.Alpha) / (double)mass.Sum(pixel => pixel.Alpha), 0.6);
        Assert.Equal(63.5, mass.Sum(pixel => pixel.Y * pixel.Alpha) / (double)mass.Sum(pixel => pixel.Alpha), 0.6);
    }

    [Fact]
    public void Captions_AreOneInTenEmpty_AndNameEveryBackgroundButWhite()
    {
        var (entry, blue) = (Tiny.Entry("orange"), BackgroundColor.All.Single(color => color.Name == "blue"));
        var captions = Enumerable.Range(0, 1000).Select(i => Captions.Draw(entry, blue, new(7, i))).ToList();

        Assert.InRange(captions.Count(caption => caption.Length == 0), 60, 140);
        Assert.All(captions.Where(caption => caption.Length > 0), caption => Assert.Contains("blue", caption));
        Assert.Contains("an orange on a blue background", captions);
        Assert.Equal("orange", Captions.Plain(entry, BackgroundColor.White));
        Assert.Equal("orange on a blue background", Captions.Plain(entry, blue));
    }

    [Fact]
    public void Draws_OfAPlace_AreAlwaysTheSame_AndOfAnotherPlaceOthers()
    {
        Assert.Equal(new Draws(1, 2, 3).Next(), new Draws(1, 2, 3).Next());
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(i => new Draws(1, i, 3).Next()).Distinct().Count());
        Assert.Equal(0.5, Enumerable.Range(0, 4000).Average(i => new Draws(1, i).Next()), 0.03);
    }

    [Fact]
    public void Split_HoldsOut_InEverySet()
    {
        var glyphs = Enumerable.Range(0, 8).Select(i => Tiny.Glyph(Tiny.Entry($"e{i}"))).ToList();

        var split = GlyphSplit.Of(glyphs, every: 4);

        Assert.Equal(["e3", "e7"], split.HeldOut.Select(glyph => glyph.Entry.Name));
        Assert.Equal(6, split.Trained.Count);
        Assert.Equal(split.Trained, split.TrainedOf(glyphs));
    }

    [Fact]
    public void Nearest_OfEachNamedColor_IsItself() =>
        Assert.All(BackgroundColor.All, color => Assert.Equal(color, BackgroundColor.Nearest((color.Color.R / 127.5f) - 1, (color.Color.G / 127.5f) - 1, (color.Color.B / 127.5f) - 1)));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IReadOnlyList<EmojiEntry> Read(string json)
    {
        var path = Path.Combine(_folder, "emoji.json");
        File.WriteAllText(path, json);
        return EmojiEntry.ReadList(path);
    }

    private delegate void Composer(Picture glyph, Placement placement, Span<float> planes);

    private static float[] Compose(Placement placement, Composer composer)
    {
        var planes = new float[3 * Glyph.Size * Glyph.Size];
        composer(Tiny.Glyph(Tiny.Entry("dot")).Picture, placement, planes);
        return planes;
    }

    private static (float Red, float Green, float Blue) At(float[] planes, int x, int y)
    {
        var (at, plane) = ((y * Glyph.Size) + x, Glyph.Size * Glyph.Size);
        return (planes[at], planes[at + plane], planes[at + (2 * plane)]);
    }
}
