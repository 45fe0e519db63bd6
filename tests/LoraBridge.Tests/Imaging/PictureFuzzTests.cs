using System.Buffers.Binary;
using System.Diagnostics;
using LoraBridge.Imaging;
using LoraBridge.Imaging.Png;

namespace LoraBridge.Tests.Imaging;

/// <summary>Spoilt files end in a picture or in a PictureFormatException: no other exception, no hang, no memory without measure.</summary>
public sealed class PictureFuzzTests
{
    private const int MutationsPerFile = 150;
    private static readonly PictureReadOptions Strict = new() { MaxPixels = 1 << 20 };

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".gif")]
    [InlineData(".bmp")]
    public void Read_SpoiltFiles_GivePicturesOrFormatErrors(string extension)
    {
        var random = new Random(extension[1]);
        var files = PictureFixtures.All.Select(fixture => fixture.File).Where(file => file.EndsWith(extension, StringComparison.Ordinal)).ToList();
        Assert.True(files.Count * MutationsPerFile >= 500);
        var (pictures, errors) = (0, 0);
        foreach (var file in files)
        {
            var original = PictureFixtures.Bytes(file);
            for (var i = 0; i < MutationsPerFile; i++)
            {
                var bytes = Spoil(original, random);
                if (extension == ".png" && i % 2 == 0)
                    RepairChecksums(bytes); // or else few mutations would get past them
                var tolerant = i % 4 == 1;
                try
                {
                    _ = TryRead(bytes, Strict with { AllowDamaged = tolerant }) ? pictures++ : errors++;
                }
                catch (Exception failure) when (failure is not PictureFormatException)
                {
                    Assert.Fail($"{file}, mutation {i}: {failure}");
                }
            }
        }
        Assert.True(pictures > 0 && errors > 0, $"{pictures} pictures, {errors} errors");
    }

    [Theory]
    [InlineData("filters.png")]
    [InlineData("rgba-16-interlaced.png")]
    [InlineData("text-packed.png")]
    [InlineData("progressive.jpg")]
    [InlineData("comment-exif.jpg")]
    [InlineData("comment.webp")]
    [InlineData("interlaced.gif")]
    [InlineData("alpha.bmp")]
    public void Read_CutAnywhere_GivesPicturesOrFormatErrors(string file)
    {
        var bytes = PictureFixtures.Bytes(file);
        for (var length = 0; length < bytes.Length; length += 1 + length / 100)
        {
            _ = TryRead(bytes.AsMemory(0, length), Strict);
            _ = TryRead(bytes.AsMemory(0, length), Strict with { AllowDamaged = true });
        }
    }

    [Fact]
    public void Read_TinyFilesThatPromiseMuch_AreRefusedBeforeMemoryIsTaken()
    {
        foreach (var file in new[] { "huge.png", "promises-too-much.png" })
        {
            var bytes = PictureFixtures.Bytes(file);
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Throws<PictureFormatException>(() => PictureFile.Read(bytes));

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Read_JpegWithALargerSizeInItsHeader_IsRefusedBeforeMemoryIsTaken()
    {
        var bytes = PictureFixtures.Bytes("baseline.jpg");
        var frame = bytes.AsSpan().IndexOf([(byte)0xff, (byte)0xc0]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 5), 10_000);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 7), 10_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<PictureFormatException>(() => PictureFile.Read(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Read_TextThatUnpacksToGigabytes_IsSkippedAndThePictureRead()
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            var block = new byte[1 << 20];
            for (var i = 0; i < 2 * PngText.MaxEntryBytes / block.Length; i++)
                zlib.Write(block);
        }
        var whole = PictureFixtures.Bytes("text-latin1.png");
        var bytes = WithChunk(whole, [.. "zTXt"u8, .. "bomb\0\0"u8, .. packed.ToArray()]);

        var picture = PictureFile.Read(bytes);

        Assert.Equal(["parameters"], picture.Text.Keys);
    }

    [Fact]
    public void Read_ManySpoiltFiles_TakesNoTime()
    {
        var bytes = PictureFixtures.Bytes("many-codes.gif");
        var clock = Stopwatch.StartNew();

        for (var i = 0; i < 200; i++)
            TryRead(Spoil(bytes, new Random(i)), Strict);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
    }

    private static bool TryRead(ReadOnlyMemory<byte> bytes, PictureReadOptions options)
    {
        try
        {
            var info = PictureFile.Probe(bytes);
            var picture = PictureFile.Read(bytes, options: options);
            Assert.Equal((info.Width, info.Height, info.Channels), (picture.Width, picture.Height, picture.Channels));
            return true;
        }
        catch (PictureFormatException)
        {
            return false;
        }
    }

    private static byte[] Spoil(byte[] original, Random random)
    {
        var bytes = original.AsSpan().ToArray();
        if (bytes.Length == 0)
            return bytes;
        switch (random.Next(5))
        {
            case 0: // a few bits
                for (var i = 0; i < 1 + random.Next(8); i++)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1: // a header byte
                bytes[random.Next(Math.Min(64, bytes.Length))] = (byte)random.Next(256);
                break;
            case 2: // a run of one value
                var start = random.Next(bytes.Length);
                bytes.AsSpan(start, Math.Min(random.Next(1, 16), bytes.Length - start)).Fill((byte)(random.Next(2) * 255));
                break;
            case 3: // an end
                Array.Resize(ref bytes, random.Next(bytes.Length));
                break;
            default: // a piece moved
                var (from, to) = (random.Next(bytes.Length), random.Next(bytes.Length));
                original.AsSpan(from, Math.Min(32, bytes.Length - Math.Max(from, to))).CopyTo(bytes.AsSpan(to));
                break;
        }
        return bytes;
    }

    private static void RepairChecksums(byte[] png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12)
                return;
            var end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(end), Crc32.Of(png.AsSpan(at + 4, 4), png.AsSpan(at + 8, (int)length)));
            at = end + 4;
        }
    }

    // a chunk (type and data) put behind the header
    private static byte[] WithChunk(byte[] png, byte[] chunk)
    {
        var head = new byte[4];
        var tail = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, chunk.Length - 4);
        BinaryPrimitives.WriteUInt32BigEndian(tail, Crc32.Of(chunk.AsSpan(0, 4), chunk.AsSpan(4)));
        return [.. png[..33], .. head, .. chunk, .. tail, .. png[33..]];
    }
}
