using System.Buffers.Binary;

namespace LoraBridge.Imaging.Jpeg;

/// <summary>The frame header: size and components.</summary>
internal readonly record struct JpegFrame(int Width, int Height, int Components, int Precision, bool IsHuffman)
{
    public static JpegFrame Read(PictureBytes source, IReadOnlyList<JpegSegment> segments)
    {
        foreach (var segment in segments)
        {
            if (!segment.IsFrame)
                continue;
            var data = source.At(segment.Offset, segment.Length);
            if (data.Length < 6)
                break;
            var frame = new JpegFrame(
                BinaryPrimitives.ReadUInt16BigEndian(data[3..]), BinaryPrimitives.ReadUInt16BigEndian(data[1..]), data[5], data[0], segment.IsHuffman);
            if (frame.Width == 0 || frame.Height == 0)
                throw source.Broken($"the JPEG header declares a size of {frame.Width}x{frame.Height}");
            if (frame.Components is not (1 or 3 or 4))
                throw source.Unsupported($"the JPEG picture has {frame.Components} components; 1 (grey), 3 (colour) and 4 (CMYK) are known");
            if (frame.Precision != 8)
                throw source.Unsupported($"the JPEG picture has {frame.Precision} bits a sample; 8 are supported");
            return frame;
        }
        throw source.Broken("the JPEG file has no frame header: it is truncated or damaged");
    }
}
