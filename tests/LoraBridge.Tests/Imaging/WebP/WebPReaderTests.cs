using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging.WebP;

public sealed class WebPReaderTests
{
    [Fact]
    public void Probe_SizeOfZero_IsRefused()
    {
        var bytes = PictureFixtures.Bytes("lossy.webp");
        bytes.AsSpan(26, 2).Clear(); // the width, behind the frame's start code

        Assert.Contains("header", Assert.Throws<PictureFormatException>(() => PictureFile.Probe(bytes)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExtendedHeaderWithAnotherSizeThanTheImage_IsRefused()
    {
        var bytes = PictureFixtures.Bytes("lossless-alpha.webp");
        var extended = PictureFile.Encode(PictureFile.Read(bytes), new() { Format = PictureFormat.WebP, Lossless = true, Parameters = "p" });
        extended[24]++; // the width less one in VP8X

        Assert.Throws<PictureFormatException>(() => PictureFile.Read(extended));
    }

    [Fact]
    public void Encode_TransparentPictureWithParameters_KeepsItsAlpha()
    {
        var picture = PictureFile.Read(PictureFixtures.PathOf("rgba.png"));

        foreach (var lossless in new[] { false, true })
        {
            var bytes = PictureFile.Encode(picture, new() { Format = PictureFormat.WebP, Lossless = lossless, Parameters = "p" });
            PictureAssert.Same(picture.Alpha(), PictureFile.Read(bytes).Alpha());
        }
    }
}
