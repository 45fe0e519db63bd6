using System.Buffers.Binary;
using System.Text;
using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Tests.Imaging.Metadata;

public sealed class IccProfileTests
{
    [Fact]
    public void Name_VersionTwoProfile_IsItsText() => Assert.Equal("Display P3", IccProfile.Name(Profile([.. "desc\0\0\0\0\0\0\0\u000bDisplay P3\0"u8])));

    [Fact]
    public void Name_VersionFourProfile_IsItsFirstTranslation()
    {
        byte[] value = [.. "mluc\0\0\0\0\0\0\0\u0001\0\0\0\u000cenUS\0\0\0\u0014\0\0\0\u001c"u8, .. Encoding.BigEndianUnicode.GetBytes("Display P3")];

        Assert.Equal("Display P3", IccProfile.Name(Profile(value)));
    }

    [Fact]
    public void Name_NothingReadable_IsTheFallback()
    {
        Assert.Equal("from the chunk", IccProfile.Name([], "from the chunk"));
        Assert.Equal("unnamed", IccProfile.Name(Profile([.. "????"u8])));
        Assert.Equal("unnamed", IccProfile.Name(Profile([.. "desc\0\0\0\0\0\0\0\u000bDisplay P3\0"u8]).AsSpan(0, 140)));
    }

    private static byte[] Profile(byte[] description)
    {
        var profile = new byte[128 + 4 + 12 + description.Length];
        profile[131] = 1;
        "desc"u8.CopyTo(profile.AsSpan(132));
        BinaryPrimitives.WriteInt32BigEndian(profile.AsSpan(136), 144);
        BinaryPrimitives.WriteInt32BigEndian(profile.AsSpan(140), description.Length);
        description.CopyTo(profile, 144);
        return profile;
    }
}
