using EmojiDiffusion.Fonts;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Samples;

public sealed class ColorEmojiFontTests
{
    private const int Apple = 0x1F34E, Man = 0x1F468, Joiner = 0x200D, Rice = 0x1F33E, Selector = 0xFE0F;

    private static readonly Rgb s_red = new(200, 0, 0), s_blue = new(0, 0, 200), s_green = new(0, 200, 0), s_pink = new(250, 150, 200);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Draw_Character_IsItsGlyph(int indexFormat)
    {
        var font = Open(Build(indexFormat));

        Assert.Equal(s_red, ColorOf(font.Draw([Apple])));
        Assert.Equal(s_green, ColorOf(font.Draw([Rice])));
    }

    [Fact]
    public void Draw_Sequence_IsItsLigature() => Assert.Equal(s_pink, ColorOf(Open(Build(1)).Draw([Man, Joiner, Rice])));

    [Fact]
    public void Draw_Selector_IsIgnored() => Assert.Equal(s_red, ColorOf(Open(Build(1)).Draw([Apple, Selector])));

    [Theory]
    [InlineData(0x1F600)]
    [InlineData(Apple, Rice)]
    [InlineData(Man, Joiner, Apple)]
    public void Draw_WhatTheFontLacks_IsNull(params int[] characters) => Assert.Null(Open(Build(1)).Draw(characters));

    [Fact]
    public void Tables_OutsideTheFile_AreRefused()
    {
        var file = Build(1);

        Assert.Contains("outside the file", Assert.Throws<InvalidDataException>(() => Open(file[..^20])).Message);
        Assert.Contains("directory", Assert.Throws<InvalidDataException>(() => Open(file[..20])).Message);
    }

    [Fact]
    public void Font_WithoutBitmaps_NamesTheTable()
    {
        var file = Build(1);
        file[12] = (byte)'X';                                                   // the first letter of CBDT

        Assert.Contains("'CBDT'", Assert.Throws<InvalidDataException>(() => Open(file)).Message);
    }

    private static byte[] Build(int indexFormat)
    {
        var font = new TinyFont { IndexFormat = indexFormat };
        var (red, blue, green, joiner, pink) = (font.Add(s_red), font.Add(s_blue), font.Add(s_green), font.Add(Rgb.Black), font.Add(s_pink));
        return font.Map(Apple, red).Map(Man, blue).Map(Rice, green).Map(Joiner, joiner).Join(pink, blue, joiner, green).Join(red, blue, joiner).Build();
    }

    private static ColorEmojiFont Open(byte[] file) => new(new FontTables(file, "tiny.ttf"));

    private static Rgb ColorOf(Picture? picture)
    {
        Assert.NotNull(picture);
        return new(picture.Pixels[0], picture.Pixels[1], picture.Pixels[2]);
    }
}
