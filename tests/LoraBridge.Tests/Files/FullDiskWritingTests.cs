using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Tests.Native;
using LoraBridge.Tests.Training;
using LoraBridge.Tests.Training.Logging;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Files;

/// <summary>Files that are written while there is no room: the limit is the process's, so nothing runs beside.</summary>
[Collection(ProcessWide.Name)]
public sealed class FullDiskWritingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(100_000)]
    [InlineData(5_000)]                                                         // fits the buffer: refused when it is flushed
    public void AtomicFile_NoRoom_KeepsTheOldFileAndLeavesNothing(int bytes)
    {
        var path = _folder.Write("a", [1, 2, 3]);
        using (new FullDisk(4_000)) Assert.Throws<IOException>(() => AtomicFile.Write(path, new byte[bytes]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void AtomicFile_NoRoomForTheBuffer_LeavesNothingWhenItIsGivenUp()
    {
        using (new FullDisk(4_000))
        using (var file = new AtomicFile(_folder.File("a")))
            file.Stream.Write(new byte[5_000]);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Copy_NoRoom_KeepsTheOldFile()
    {
        var (from, to) = (_folder.Write("a", new byte[9_000]), _folder.Write("b", [7]));
        using (new FullDisk(4_000)) Assert.Throws<IOException>(() => AtomicFile.Copy(from, to));
        Assert.Equal([7], File.ReadAllBytes(to));
        Assert.Equal(["a", "b"], _folder.Names);
    }

    [Fact]
    public void History_NoRoomForAWhile_HasWholeLinesOnly()
    {
        using (var history = TrainingHistory.Begin(_folder.File("h")))
        {
            history.Add(new() { Step = 1, Loss = 1 });
            using (new FullDisk(new FileInfo(_folder.File("h")).Length + 10)) Assert.Throws<IOException>(() => history.Add(new() { Step = 2, Loss = 1 }));
            history.Add(new() { Step = 3, Loss = 1 });
        }
        var content = TrainingHistory.Read(_folder.File("h"));
        Assert.Equal(0, content.Skipped);
        Assert.Equal([1L, 3L], content.Entries.Select(entry => entry.Step));
    }

    [Fact]
    public void Events_NoRoomForAWhile_CanAllBeRead()
    {
        using var board = new TensorBoardWriter(_folder.File("log"));
        board.Scalar("a", 1, 1);
        using (new FullDisk(new FileInfo(board.FilePath).Length + 10)) Assert.Throws<IOException>(() => board.Image("b", new Picture(8, 8, 3), 2));
        board.Scalar("a", 1, 3);
        board.Dispose();
        Assert.Equal(3, EventFile.Read(board.FilePath).Count);
    }
}
