using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class NativePictureLibraryTests
{
    [Fact]
    public void Require_MissingLibrary_NamesThePackageToInstall()
    {
        var error = Assert.Throws<MissingPictureLibraryException>(() => NativePictureLibrary.Require(PictureFormat.Jpeg, "libnosuchcodec.so.0", "libturbojpeg0"));

        Assert.Equal((PictureFormat.Jpeg, "libnosuchcodec.so.0", "libturbojpeg0"), (error.Format, error.Library, error.Package));
        Assert.Contains("apt-get install libturbojpeg0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_PresentLibrary_Passes() => NativePictureLibrary.Require(PictureFormat.Jpeg, "libturbojpeg.so.0", "libturbojpeg0");
}
