using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>What belongs to the whole process, so it runs alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class SettingsTests
{
    [Fact]
    public void Version_IsLibtorchs() => Assert.Matches(@"^\d+\.\d+\.\d+", __version__);

    [Fact]
    public void Threads_AreSetForTheProcess()
    {
        var before = get_num_threads();

        set_num_threads(2);
        Assert.Equal(2, get_num_threads());

        set_num_threads(before);
    }

    [Fact]
    public void Cuda_TellsWhatThereIs()
    {
        Assert.Equal(cuda.is_available(), cuda.device_count() > 0);
        if (!cuda.is_available()) Assert.False(cuda.is_cudnn_available());
        cuda.manual_seed(1);
        cuda.manual_seed_all(1);
        if (cuda.is_available()) cuda.synchronize();
        else Assert.ThrowsAny<Exception>(() => cuda.synchronize());
    }

    [Fact]
    public void Tf32_IsRemembered()
    {
        var before = backends.cuda.matmul.allow_tf32;

        backends.cuda.matmul.allow_tf32 = true;
        Assert.True(backends.cuda.matmul.allow_tf32);
        backends.cuda.matmul.allow_tf32 = false;
        Assert.False(backends.cuda.matmul.allow_tf32);

        backends.cuda.matmul.allow_tf32 = before;
    }
}
