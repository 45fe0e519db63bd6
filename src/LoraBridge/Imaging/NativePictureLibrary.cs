using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace LoraBridge.Imaging;

/// <summary>Checks that a codec's shared library is there before its first call, so that its absence reads as advice.</summary>
internal static class NativePictureLibrary
{
    private static readonly ConcurrentDictionary<string, bool> Found = new();

    public static void Require(PictureFormat format, string library, string package)
    {
        // loaded once and kept: the externs of the same name then find it
        if (!Found.GetOrAdd(library, static name => NativeLibrary.TryLoad(name, out _)))
        {
            Found.TryRemove(library, out _); // it may be installed while we run
            throw new MissingPictureLibraryException(format, library, package);
        }
    }
}
