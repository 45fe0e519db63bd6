using System.Buffers.Binary;
using System.Text;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Samples;

/// <summary>Builds an emoji font of bitmaps with a few characters and ligatures, table by table.</summary>
internal sealed class TinyFont
{
    private readonly List<byte[]> _pngs = [];
    private readonly List<(int Character, int Glyph)> _characters = [];
    private readonly List<(int[] Glyphs, int Result)> _ligatures = [];

    /// <summary>The format of the table of places: 1 (wide offsets) or 3 (narrow).</summary>
    public int IndexFormat { get; init; } = 1;

    /// <summary>Adds a glyph, a plain square of a colour; its number is how many there were, counted from 1.</summary>
    public int Add(Rgb color, int size = 16)
    {
        var picture = new Picture(size, size, 4);
        for (var i = 0; i < picture.Pixels.Length; i += 4) (picture.Pixels[i], picture.Pixels[i + 1], picture.Pixels[i + 2], picture.Pixels[i + 3]) = (color.R, color.G, color.B, 255);
        _pngs.Add(PictureFile.Encode(picture));
        return _pngs.Count;
    }

    public TinyFont Map(int character, int glyph)
    {
        _characters.Add((character, glyph));
        return this;
    }

    public TinyFont Join(int result, params int[] glyphs)
    {
        _ligatures.Add((glyphs, result));
        return this;
    }

    /// <summary>The font file's bytes.</summary>
    public byte[] Build()
    {
        var (places, data) = Bitmaps();
        (string Tag, byte[] Bytes)[] tables = [("CBDT", data), ("CBLC", places), ("GSUB", Substitutions()), ("cmap", CharacterMap())];
        var file = new List<byte>();
        file.AddRange(Numbers(0x00010000u, (ushort)tables.Length, (ushort)0, (ushort)0, (ushort)0));
        var offset = 12 + (16 * tables.Length);
        foreach (var (tag, bytes) in tables)
        {
            file.AddRange(Encoding.ASCII.GetBytes(tag));
            file.AddRange(Numbers(0u, (uint)offset, (uint)bytes.Length));
            offset += bytes.Length;
        }
        foreach (var (_, bytes) in tables) file.AddRange(bytes);
        return [.. file];
    }

    private byte[] CharacterMap()
    {
        var table = new List<byte>(Numbers((ushort)0, (ushort)1, (ushort)3, (ushort)10, 12u));
        table.AddRange(Numbers((ushort)12, (ushort)0, (uint)(16 + (12 * _characters.Count)), 0u, (uint)_characters.Count));
        foreach (var (character, glyph) in _characters.OrderBy(pair => pair.Character)) table.AddRange(Numbers((uint)character, (uint)character, (uint)glyph));
        return [.. table];
    }

    // one size, one part, small measures before each file (format 17)
    private (byte[] Places, byte[] Data) Bitmaps()
    {
        var (data, ends) = (new List<byte>(Numbers(0x00030000u)), new List<int> { 0 });
        foreach (var png in _pngs)
        {
            data.AddRange([16, 16, 0, 16, 16]);
            data.AddRange(Numbers((uint)png.Length));
            data.AddRange(png);
            ends.Add(data.Count - 4);
        }
        var places = new List<byte>(Numbers(0x00030000u, 1u, 56u, 0u, 1u, 0u));
        places.AddRange(new byte[24]);
        places.AddRange(Numbers((ushort)1, (ushort)_pngs.Count));
        places.AddRange([16, 16, 32, 1]);
        places.AddRange(Numbers((ushort)1, (ushort)_pngs.Count, 8u));
        places.AddRange(Numbers((ushort)IndexFormat, (ushort)17, 4u));
        foreach (var end in ends) places.AddRange(IndexFormat == 1 ? Numbers((uint)end) : Numbers((ushort)end));
        return ([.. places], [.. data]);
    }

    // a lookup of ligatures behind an extension, as large fonts have it
    private byte[] Substitutions()
    {
        var table = new List<byte>(Numbers(0x00010000u, (ushort)0, (ushort)0, (ushort)10));
        table.AddRange(Numbers((ushort)1, (ushort)4));                          // the list of lookups
        table.AddRange(Numbers((ushort)7, (ushort)0, (ushort)1, (ushort)8));    // the lookup
        table.AddRange(Numbers((ushort)1, (ushort)4, 8u));                      // the extension
        var firsts = _ligatures.Select(ligature => ligature.Glyphs[0]).Distinct().Order().ToList();
        var (sets, offset) = (new List<byte>(), 6 + (2 * firsts.Count));
        var offsets = new List<int>();
        foreach (var first in firsts)
        {
            offsets.Add(offset + sets.Count);
            var own = _ligatures.Where(ligature => ligature.Glyphs[0] == first).ToList();
            var (set, at) = (new List<byte>(Numbers((ushort)own.Count)), 2 + (2 * own.Count));
            foreach (var (glyphs, _) in own)
            {
                set.AddRange(Numbers((ushort)at));
                at += 4 + (2 * (glyphs.Length - 1));
            }
            foreach (var (glyphs, result) in own)
            {
                set.AddRange(Numbers((ushort)result, (ushort)glyphs.Length));
                foreach (var glyph in glyphs.Skip(1)) set.AddRange(Numbers((ushort)glyph));
            }
            sets.AddRange(set);
        }
        table.AddRange(Numbers((ushort)1, (ushort)(offset + sets.Count), (ushort)firsts.Count));
        foreach (var at in offsets) table.AddRange(Numbers((ushort)at));
        table.AddRange(sets);
        table.AddRange(Numbers((ushort)1, (ushort)firsts.Count));               // the coverage
        foreach (var first in firsts) table.AddRange(Numbers((ushort)first));
        return [.. table];
    }

    private static byte[] Numbers(params object[] values)
    {
        var bytes = new List<byte>();
        foreach (var value in values)
        {
            var number = new byte[value is uint ? 4 : 2];
            if (value is uint wide) BinaryPrimitives.WriteUInt32BigEndian(number, wide);
            else BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)value);
            bytes.AddRange(number);
        }
        return [.. bytes];
    }
}
