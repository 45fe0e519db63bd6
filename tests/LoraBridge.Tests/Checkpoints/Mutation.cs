using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Tests.Checkpoints;

/// <summary>Breaks files in the ways that disks, networks and ill will break them.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] original, Random random, string[] scraps)
    {
        var bytes = new List<byte>(original);
        for (var i = random.Next(1, 4); i > 0; i--) Mutate(bytes, random, scraps);
        return [.. bytes];
    }

    private static void Mutate(List<byte> bytes, Random random, string[] scraps)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:                                       // a flipped bit
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:                                                             // an end cut off
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 2:                                                             // a piece lost
                bytes.RemoveRange(at, Math.Min(random.Next(1, 64), bytes.Count - at));
                break;
            case 3:                                                             // a piece doubled
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 64), bytes.Count - at)));
                break;
            case 4:                                                             // bytes that belong elsewhere
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(scraps[random.Next(scraps.Length)]));
                break;
            case 5:                                                             // the same, written over
                foreach (var (offset, value) in Encoding.UTF8.GetBytes(scraps[random.Next(scraps.Length)]).Index())
                    if (at + offset < bytes.Count) bytes[at + offset] = value;
                break;
            case 6 when bytes.Count >= 8:                                       // another length in front
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, random.NextInt64() >> random.Next(64));
                for (var i = 0; i < 8; i++) bytes[i] = length[i];
                break;
            case 7:                                                             // noise at the end
                bytes.AddRange(Enumerable.Range(0, random.Next(1, 32)).Select(_ => (byte)random.Next(256)));
                break;
            default:
                if (at < bytes.Count) bytes[at] = (byte)random.Next(256);
                break;
        }
    }
}
