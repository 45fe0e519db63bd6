namespace LoraBridge.Imaging;

/// <summary>EXIF orientation.</summary>
public static class PictureOrientation
{
    /// <summary>The picture as an EXIF orientation of 1 to 8 says it should be shown; other values leave it as it is.</summary>
    public static Picture Oriented(this Picture picture, int orientation) => orientation switch
    {
        2 => picture.FlippedHorizontally(),
        3 => picture.Rotated180(),
        4 => picture.FlippedVertically(),
        5 => picture.Transposed(),
        6 => picture.Rotated90(),
        7 => picture.Transposed().Rotated180(),
        8 => picture.Rotated270(),
        _ => picture,
    };
}
